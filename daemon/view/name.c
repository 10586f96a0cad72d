/*
 * Names of tasks.  See name.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/record/record.h"
#include "daemon/view/name.h"
#include "daemon/view/output.h"

#define NAME_CHARS 120

/* Returns the beginning of what an agent was told first, or NULL. */
static char *
read_prompt(const struct record *rec)
{
	struct record first = *rec; /* not its current run */
	struct output out;
	struct error err;

	first.dir = rec->path;
	return output_bytes(&first, "prompt", 0, NAME_CHARS * 4, &out, &err) ==
		0 ?
	    out.text :
	    NULL;
}

static char *
join(char *const *argv)
{
	struct buf line = { 0 };

	for (; *argv != NULL && line.len < NAME_CHARS * 4; argv++)
		buf_printf(&line, "%s%s", line.len == 0 ? "" : " ", *argv);
	return buf_steal(&line);
}

static char *
whole_name(const struct record *rec)
{
	const struct task_spec *spec = &rec->spec;

	if (spec->label != NULL)
		return xstrdup(spec->label);
	if (record_is_agent(rec))
		return read_prompt(rec);
	return spec->shell == NULL && spec->argv != NULL ? join(spec->argv) :
							   xstrdup(spec->shell);
}

/* The first line with something on it, without blanks around. */
static char *
first_line(const char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strcspn(text, "\r\n");
	len = utf8_first(text, len, NAME_CHARS);
	while (len > 0 && (unsigned char)text[len - 1] <= ' ')
		len--;
	return utf8_clean(text, len);
}

char *
view_name(const struct record *rec)
{
	char *whole = whole_name(rec), *name = NULL;

	if (whole != NULL && *whole != '\0')
		name = first_line(whole);
	free(whole);
	return name;
}
