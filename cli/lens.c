/*
 * How output is shown.  See lens.h.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/lens.h"
#include "cli/when.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "json/json.h"

/* A line that is longer is shown as several. */
#define LINE_BYTES (64u << 10)

static void
add_text(const struct lens *lens, struct buf *out, const char *bytes,
    size_t len)
{
	if (lens->colour != 0)
		buf_printf(out, "\x1b[%dm", lens->colour);
	if (lens->clean != NULL)
		lens->clean(out, bytes, len);
	else
		buf_add(out, bytes, len);
	if (lens->colour != 0)
		buf_puts(out, "\x1b[m");
}

/* {"id":"t7","stream":"stdout","line":"..."}, with the time if it is wanted */
static void
add_json(const struct lens *lens, struct buf *out, const char *line, size_t len)
{
	struct json_object *object = json_object_new_object();
	char *clean = utf8_clean(line, len), *text;

	json_add_string(object, "id", lens->id);
	json_add_string(object, "stream", lens->stream);
	json_add_string(object, "line", clean);
	if (lens->times)
		json_add_time(object, "at", time_wall_ms());
	text = json_line(object);
	utf8_add_json(out, text, strlen(text));
	buf_puts(out, "\n");
	free(text);
	free(clean);
	json_object_put(object);
}

static void
add_line(const struct lens *lens, struct buf *out, char *line, size_t len)
{
	char end = line[len];
	char now[WHEN_SIZE];
	bool wanted;

	line[len] = '\0';
	wanted = lens->grep == NULL ||
	    regexec(lens->grep, line, 0, NULL, 0) == 0;
	line[len] = end;
	if (!wanted)
		return;
	if (lens->id != NULL) {
		add_json(lens, out, line, len);
		return;
	}
	if (lens->times)
		buf_printf(out, "%s ", when_now(now));
	if (lens->prefix != NULL)
		buf_puts(out, lens->prefix);
	add_text(lens, out, line, len);
	buf_puts(out, "\n");
}

void
lens_add(struct lens *lens, struct buf *out, const char *bytes, size_t len)
{
	struct buf *begun = &lens->begun;
	char *end;
	size_t from = 0;

	if (!lens->by_line) {
		add_text(lens, out, bytes, len);
		return;
	}
	buf_add(begun, bytes, len);
	while (from < begun->len &&
	    (end = memchr(begun->data + from, '\n', begun->len - from)) !=
		NULL) {
		add_line(lens, out, begun->data + from,
		    (size_t)(end - begun->data) - from);
		from = (size_t)(end - begun->data) + 1;
	}
	buf_drop(begun, from);
	if (begun->len >= LINE_BYTES)
		lens_end(lens, out);
}

void
lens_end(struct lens *lens, struct buf *out)
{
	if (lens->begun.len > 0)
		add_line(lens, out, lens->begun.data, lens->begun.len);
	lens->begun.len = 0;
}

void
lens_clear(struct lens *lens)
{
	buf_clear(&lens->begun);
}
