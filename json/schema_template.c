/*
 * Tables as files to fill in: every key with its default and what it means, in
 * comments.  See schema.h.
 */
#include <string.h>

#include "common/mem.h"
#include "json/schema.h"

static void template(const struct field *, int, const char *, struct buf *);

static void
indent(int depth, struct buf *out)
{
	while (depth-- > 0)
		buf_puts(out, "\t");
}

/* The default, or null, which is "not given", where there is none. */
static void
add_default(const struct field *field, struct buf *out)
{
	const char *name;

	if (field->type == FIELD_INTEGER && field->absent >= field->min)
		buf_printf(out, "%lld", (long long)field->absent);
	else if (field->type == FIELD_BOOLEAN)
		buf_puts(out, field->absent != 0 ? "true" : "false");
	else if (field->type == FIELD_CHOICE &&
	    (name = choice_name(field->choices, field->absent)) != NULL)
		buf_printf(out, "\"%s\"", name);
	else
		buf_puts(out, "null");
}

static void
add_range(const struct field *field, struct buf *out)
{
	const struct choice *choice = field->choices;
	const char * or = "";

	if (field->type == FIELD_INTEGER && field->max != 0)
		buf_printf(out, " %lld to %lld.", (long long)field->min,
		    (long long)field->max);
	if (choice == NULL)
		return;
	for (; choice->name != NULL; choice++, or = ", ")
		buf_printf(out, "%s%s", * or == '\0' ? " One of " : or,
		    choice->name);
	buf_puts(out, ".");
}

/* Two lines, of which the second does something without its slashes. */
static void
add_leaf(const struct field *field, int depth, const char *mark,
    struct buf *out)
{
	indent(depth, out);
	buf_printf(out, "// %s", field->help == NULL ? "" : field->help);
	add_range(field, out);
	buf_puts(out, "\n");
	indent(depth, out);
	buf_printf(out, "//%s\"%s\": ", mark, field->name);
	add_default(field, out);
	buf_puts(out, ",\n");
}

/* Members that have names of the user's are all comment. */
static void
add_map(const struct field *field, int depth, struct buf *out)
{
	indent(depth, out);
	buf_printf(out, "//   \"%s\": {\n", field->name);
	template(field->fields, depth, "       ", out);
	indent(depth, out);
	buf_puts(out, "//   },\n");
}

static void template(const struct field *fields, int depth, const char *mark,
    struct buf *out)
{
	const struct field *f;

	for (f = fields; f->type != FIELD_END; f++)
		if (f->type == FIELD_OBJECT) {
			indent(depth, out);
			buf_printf(out, "\"%s\": {\n", f->name);
			template(f->fields, depth + 1, mark, out);
			indent(depth, out);
			buf_puts(out, "},\n");
		} else if (f->type == FIELD_MAP)
			add_map(f, depth, out);
		else
			add_leaf(f, depth, mark, out);
}

void
schema_template(const struct field *fields, struct buf *out)
{
	buf_puts(out, "{\n");
	template(fields, 1, " ", out);
	buf_puts(out, "}\n");
}
