/*
 * The lines of a dialog.  See dialog.h.
 */
#include <inttypes.h>
#include <string.h>

#include "common/id.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "json/argument.h"
#include "json/choices.h"
#include "json/dialog.h"
#include "json/json.h"

#define PATH_CHARS 1000
/* Columns that a line may have whose end may be cut off. */
#define WIDE_COLUMNS 70
/* Columns of a mark before what an agent wrote, so that no line is ours. */
#define MARK_COLUMNS 2
#define TEXT_COLUMNS (DIALOG_COLUMNS - MARK_COLUMNS)
/* The most bytes of a text that can be whole in a dialog. */
#define WHOLE_MAX_BYTES (DIALOG_LINES * TEXT_COLUMNS * 4)

/* A character that may take two columns is counted with two. */
static size_t
columns_of(const char *s, size_t len)
{
	size_t n, columns = 0;

	for (; len > 0; s += n, len -= n) {
		n = utf8_next(s, len);
		n = n == 0 ? 1 : n;
		columns += n >= 3 ? 2 : 1;
	}
	return columns;
}

/* Bytes of the beginning that take at most so many columns. */
static size_t
fitting(const char *s, size_t len, size_t columns)
{
	size_t n, at = 0;

	for (; at < len; at += n) {
		n = utf8_next(s + at, len - at);
		n = n == 0 ? 1 : n;
		if (columns_of(s + at, n) > columns)
			break;
		columns -= columns_of(s + at, n);
	}
	return at;
}

/*
 * Adds a text in lines of TEXT_COLUMNS, each line of it with a mark, and
 * returns how many; false in *plain: something in it had to be made visible.
 */
static size_t
wrap(const char *text, size_t len, struct buf *out, bool *plain)
{
	const char *end = text + len, *next, *at;
	struct buf line = { 0 };
	size_t n, lines = 0;

	for (; text <= end; text = next + 1) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (next == NULL)
			next = end;
		line.len = 0;
		buf_reserve(&line, 1);
		line.data[0] = '\0';
		argument_seen(&line, text, (size_t)(next - text));
		*plain = *plain && line.len == (size_t)(next - text) &&
		    memcmp(line.data, text, line.len) == 0;
		at = line.data;
		do {
			n = fitting(at, strlen(at), TEXT_COLUMNS);
			buf_printf(out, "\n%s%.*s",
			    at == line.data ? "> " : "  ", (int)n, at);
			at += n;
			lines++;
		} while (*at != '\0');
	}
	buf_clear(&line);
	return lines;
}

/* Adds as much of the beginning as fits; returns how many characters. */
static size_t
add_head(const char *text, size_t len, struct buf *out)
{
	size_t keep = utf8_first(text, len, WIDE_COLUMNS);
	struct buf seen = { 0 };

	for (;; keep = utf8_first(text, keep, utf8_chars(text, keep) - 1)) {
		seen.len = 0;
		argument_seen(&seen, text, keep);
		if (keep == 0 ||
		    columns_of(seen.data, seen.len) <= WIDE_COLUMNS)
			break;
	}
	buf_printf(out, "\n> %.*s", (int)seen.len, seen.data);
	buf_clear(&seen);
	return utf8_chars(text, keep);
}

/* The same of the end, in columns that every pane shows. */
static size_t
add_tail(const char *text, size_t len, size_t columns, struct buf *out)
{
	size_t keep = utf8_last(text, len, columns);
	struct buf seen = { 0 };

	for (;; keep = utf8_last(text, len,
		    utf8_chars(text + len - keep, keep) - 1)) {
		seen.len = 0;
		argument_seen(&seen, text + len - keep, keep);
		if (keep == 0 || columns_of(seen.data, seen.len) <= columns)
			break;
	}
	buf_add(out, seen.data, seen.len);
	buf_clear(&seen);
	return utf8_chars(text + len - keep, keep);
}

/* Adds the main argument in so many lines, two at least. */
static void
add_main(const struct wording *w, const char *text, size_t len, size_t lines,
    struct arguments_left *left, struct buf *out)
{
	static const char dots[] = "... ";
	size_t all = utf8_chars(text, len), start = out->len, head, tail;
	struct buf end = { 0 };

	head = add_head(text, len, out);
	if (head == all &&
	    columns_of(out->data + start, out->len - start) <= DIALOG_COLUMNS)
		return;
	tail = add_tail(text, len, TEXT_COLUMNS, &end);
	left->chars = head + tail < all ? all - head - tail : 0;
	if (left->chars > 0 && lines >= 3) {
		buf_puts(out, "\n");
		argument_gap(w, left->chars, out);
		buf_puts(out, "\n> ");
	} else {
		end.len = 0;
		tail = add_tail(text, len, TEXT_COLUMNS - strlen(dots), &end);
		left->chars = head + tail < all ? all - head - tail : 0;
		buf_printf(out, "\n> %s", dots);
	}
	buf_add(out, end.data, end.len);
	buf_clear(&end);
}

/* Adds the other arguments, one in a line, the rest in the last of them. */
static void
add_others(const struct wording *w, size_t lines, struct arguments_left *left,
    struct buf *out)
{
	static const enum argument_kind kinds[] = { ARGUMENT_SWITCH,
		ARGUMENT_TEXT, ARGUMENT_NOTE };
	size_t i, n = 0;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		json_object_object_foreach(w->input, key, value) {
			if (argument_kind(w, key, value) != kinds[i])
				continue;
			if (n >= ARGUMENTS_SHOWN) {
				argument_leave_out(left, key);
				continue;
			}
			buf_puts(out, n < lines ? "\n+ " : "; ");
			argument_add(w, key, value, out);
			n++;
		}
	}
}

/* Adds "t7 agent asks to use "Bash""; false: it is too wide. */
static bool
add_who(const struct wording *w, const char *label, struct buf *out)
{
	bool asks = choices_are(w->tool, w->input);
	struct buf id = { 0 }, does = { 0 };
	size_t room = 0, len = label == NULL ? 0 : strlen(label);
	bool fits;

	buf_printf(&id, TASK_ID, w->task);
	buf_puts(&does, asks ? " asks" : " asks to use ");
	if (!asks)
		argument_name(w->tool, &does);
	fits = id.len + columns_of(does.data, does.len) <= DIALOG_COLUMNS;
	if (fits)
		room = DIALOG_COLUMNS - id.len -
		    columns_of(does.data, does.len);
	buf_add(out, id.data, id.len);
	if (len > 0 && (len < room || room > 4)) {
		buf_puts(out, " ");
		len = len < room ? len : room - 4;
		argument_seen(out, label, len);
		buf_puts(out, label[len] == '\0' ? "" : "...");
	}
	buf_add(out, does.data, does.len);
	buf_clear(&id);
	buf_clear(&does);
	return fits;
}

/*
 * Adds "in /home/ada:": whole, in lines of its own, where so many are to spare;
 * else behind who asks, where a pane may cut its end off.
 */
static void
add_where(const struct wording *w, const char *cwd, size_t spare,
    struct buf *out)
{
	struct buf where = { 0 }, lines = { 0 };
	size_t at, n, used = 0;

	argument_text(w, cwd, strlen(cwd), PATH_CHARS, &where);
	buf_puts(&where, ":");
	for (at = 0; at < where.len; at += n, used++) {
		n = fitting(where.data + at, where.len - at,
		    DIALOG_COLUMNS - strlen("in "));
		buf_printf(&lines, "\n%s%.*s", at == 0 ? "in " : "   ", (int)n,
		    where.data + at);
	}
	if (used > spare ||
	    columns_of(out->data, out->len) + strlen(" in ") +
		    columns_of(where.data, where.len) <=
		DIALOG_COLUMNS)
		buf_printf(out, " in %s", where.data);
	else
		buf_add(out, lines.data, lines.len);
	buf_clear(&where);
	buf_clear(&lines);
}

static void
add_notice(const struct wording *w, const struct arguments_left *left,
    struct buf *notice)
{
	if (left->chars > 0)
		argument_gap(w, left->chars, notice);
	if (left->n > 0) {
		buf_puts(notice, left->chars > 0 ? "; " : "");
		argument_left(left, notice);
		if (left->chars == 0)
			buf_printf(notice, ": ccproc asks " TASK_ID, w->task);
	}
}

/* All of it in the lines of a dialog, if that is possible; *spare are left. */
static bool
add_all(const struct wording *w, const char *text, size_t len, struct buf *out,
    size_t *spare)
{
	struct buf lines = { 0 };
	size_t n, notes = argument_count(w, ARGUMENT_NOTE);
	struct arguments_left left = { 0 };
	bool plain = true;

	if (text == NULL || len > WHOLE_MAX_BYTES || notes > ARGUMENTS_SHOWN ||
	    argument_count(w, ARGUMENT_SWITCH) > 0 ||
	    argument_count(w, ARGUMENT_TEXT) > 0)
		return false;
	n = wrap(text, len, &lines, &plain);
	if (1 + n + (notes > 0) > DIALOG_LINES)
		plain = false;
	if (plain) {
		*spare = DIALOG_LINES - 1 - n - (notes > 0);
		buf_add(out, lines.data, lines.len);
		add_others(w, 1, &left, out);
	}
	buf_clear(&lines);
	return plain;
}

static void
leave_out_notes(const struct wording *w, struct arguments_left *left)
{
	json_object_object_foreach(w->input, key, value) {
		if (argument_kind(w, key, value) == ARGUMENT_NOTE)
			argument_leave_out(left, key);
	}
}

/* Only what counts: the others first, then the main one. */
static void
add_part(const struct wording *w, const char *text, size_t len,
    struct arguments_left *left, struct buf *out)
{
	size_t others = argument_count(w, ARGUMENT_SWITCH) +
	    argument_count(w, ARGUMENT_TEXT),
	       n = 0;
	size_t room = DIALOG_LINES - 1;
	struct buf lines = { 0 };
	bool plain = true;

	if (text != NULL)
		n = len > WHOLE_MAX_BYTES ? DIALOG_LINES :
					    wrap(text, len, &lines, &plain);
	if (text == NULL)
		add_others(w, room, left, out);
	else if (others > 0) {
		others = n >= room ? 1 : others < room - n ? others : room - n;
		add_others(w, others, left, out);
		room -= others;
	} else
		leave_out_notes(w, left);
	if (text != NULL && n <= room)
		buf_add(out, lines.data, lines.len);
	else if (text != NULL)
		add_main(w, text, len, room, left, out);
	buf_clear(&lines);
}

static void
add_questions(const struct wording *w, struct arguments_left *left,
    struct buf *out)
{
	size_t i, n = choices_count(w->input), lines = DIALOG_LINES - 1;
	const char *text;

	for (i = 0; i < n && i < lines; i++) {
		text = choices_text(choices_at(w->input, i));
		buf_puts(out, "\n> ");
		argument_text(w, text, strlen(text), PATH_CHARS, out);
	}
	for (; i < n; i++)
		argument_leave_out(left, choices_text(choices_at(w->input, i)));
}

bool
dialog_add(const struct wording *w, const char *label, const char *cwd,
    struct buf *out, struct buf *notice)
{
	const char *main = argument_main(w), *text = NULL;
	struct arguments_left left = { 0 };
	struct buf what = { 0 };
	bool fits = add_who(w, label, out), all = false;
	size_t len = 0, spare = 0;

	if (main != NULL)
		text = argument_value(json_member(w->input, main), &len);
	if (choices_are(w->tool, w->input))
		add_questions(w, &left, &what);
	else if (fits && add_all(w, text, len, &what, &spare))
		all = true;
	else
		add_part(w, text, len, &left, &what);
	add_where(w, cwd, spare, out);
	if (what.len > 0)
		buf_add(out, what.data, what.len);
	add_notice(w, &left, notice);
	buf_clear(&what);
	buf_clear(&left.names);
	return all;
}
