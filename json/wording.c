/*
 * What an agent wants to do, in words.  See wording.h.
 */
#include <inttypes.h>
#include <string.h>

#include "common/id.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "json/argument.h"
#include "json/choices.h"
#include "json/json.h"
#include "json/wording.h"

/* Characters of a label. */
#define LABEL_CHARS 60

/* Adds those of a kind, with a text before each; *room are still shown. */
static void
add_kind(const struct wording *w, enum argument_kind kind, const char *before,
    size_t *room, struct arguments_left *left, struct buf *out)
{
	size_t start = out->len;

	json_object_object_foreach(w->input, key, value) {
		if (argument_kind(w, key, value) != kind)
			continue;
		if (*room == 0) {
			argument_leave_out(left, key);
			continue;
		}
		--*room;
		buf_puts(out, out->len == start ? before : "; ");
		argument_add(w, key, value, out);
	}
}

static void
add_choices(const struct wording *w, size_t chars, struct buf *out)
{
	struct json_object *question;
	const char *text;
	size_t i, k;

	for (i = 0; i < choices_count(w->input); i++) {
		question = choices_at(w->input, i);
		text = choices_text(question);
		buf_puts(out, i == 0 ? "asks: " : "; and: ");
		argument_text(w, text, strlen(text), chars, out);
		for (k = 0; k < choices_options(question); k++) {
			text = choices_label(question, k);
			buf_puts(out, k == 0 ? " (" : " | ");
			argument_text(w, text, strlen(text), LABEL_CHARS, out);
		}
		buf_puts(out, k == 0 ? "" : ")");
	}
}

void
wording_line(const struct wording *w, size_t chars, struct buf *out)
{
	struct arguments_left left = { 0 };
	size_t room = ARGUMENTS_SHOWN, len, start;
	const char *main = argument_main(w), *text;

	if (choices_are(w->tool, w->input)) {
		add_choices(w, chars, out);
		return;
	}
	argument_name(w->tool, out);
	start = out->len;
	add_kind(w, ARGUMENT_SWITCH, " [", &room, &left, out);
	buf_puts(out, out->len == start ? ": " : "]: ");
	start = out->len;
	if (main != NULL) {
		text = argument_value(json_member(w->input, main), &len);
		argument_text(w, text, len, chars, out);
	}
	add_kind(w, ARGUMENT_TEXT, main == NULL ? "" : "; ", &room, &left, out);
	add_kind(w, ARGUMENT_NOTE, out->len == start ? "" : "; ", &room, &left,
	    out);
	if (json_object_object_length(w->input) == 0)
		buf_puts(out, "no arguments");
	if (left.n > 0) {
		buf_puts(out, " [");
		argument_left(&left, out);
		buf_printf(out, ": ccproc asks " TASK_ID "]", w->task);
	}
	buf_clear(&left.names);
}

/* Adds a text line by line, each with a mark. */
static void
add_block(const char *text, size_t len, const char *mark, struct buf *out)
{
	const char *end = text + len, *next;

	for (; text <= end; text = next + 1) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (next == NULL)
			next = end;
		buf_puts(out, mark);
		utf8_add_visible(out, text, (size_t)(next - text), true);
	}
}

static void
add_choices_whole(const struct wording *w, struct buf *out)
{
	struct json_object *question;
	size_t i, k;
	const char *text;

	buf_puts(out, "asks:");
	for (i = 0; i < choices_count(w->input); i++) {
		question = choices_at(w->input, i);
		text = choices_text(question);
		add_block(text, strlen(text), "\n  > ", out);
		for (k = 0; k < choices_options(question); k++) {
			buf_puts(out, "\n    ");
			text = choices_label(question, k);
			argument_name(text, out);
			text = choices_describe(question, k);
			add_block(text, strlen(text), *text == '\0' ? "" : " ",
			    out);
		}
		if (choices_has_many(question))
			buf_puts(out, "\n    one or more of them");
	}
}

void
wording_whole(const struct wording *w, struct buf *out)
{
	const char *text;
	size_t len;

	if (choices_are(w->tool, w->input)) {
		add_choices_whole(w, out);
		return;
	}
	argument_name(w->tool, out);
	if (json_object_object_length(w->input) == 0)
		buf_puts(out, "\nno arguments");
	json_object_object_foreach(w->input, key, value) {
		buf_puts(out, "\n");
		argument_key(key, out);
		buf_puts(out, ":");
		text = argument_value(value, &len);
		add_block(text, len,
		    json_object_is_type(value, json_type_string) ? "\n  > " :
								   " ",
		    out);
	}
}
