/*
 * Arguments in words.  See argument.h.
 */
#include <inttypes.h>
#include <string.h>

#include "common/id.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "json/argument.h"
#include "json/json.h"

/* Characters of a name, and of an argument that is not the main one. */
#define NAME_CHARS 60
#define VALUE_CHARS 60
/* More blanks beside each other are counted: they push text out of sight. */
#define BLANKS_MAX 8

/* Bytes of the blank at s; 0: there is none. */
static size_t
blank_len(const char *s, size_t len)
{
	static const char *const wide[] = { "\xc2\xa0", "\xe2\x80\xaf",
		"\xe2\x81\x9f", "\xe3\x80\x80" };
	size_t i;

	if (len > 0 && (*s == ' ' || *s == '\t'))
		return 1;
	for (i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (len >= strlen(wide[i]) &&
		    memcmp(s, wide[i], strlen(wide[i])) == 0)
			return strlen(wide[i]);
	return len >= 3 && memcmp(s, "\xe2\x80", 2) == 0 &&
		(unsigned char)s[2] >= 0x80 && (unsigned char)s[2] <= 0x8a ?
	    3 :
	    0;
}

/* Adds text so that all of it is seen. */
void
argument_seen(struct buf *out, const char *s, size_t len)
{
	size_t begin = 0, at = 0, end, n, blanks;

	while (at < len) {
		blanks = 0;
		for (end = at; (n = blank_len(s + end, len - end)) > 0;
		     end += n)
			blanks++;
		if (blanks > BLANKS_MAX) {
			utf8_add_visible(out, s + begin, at - begin, true);
			buf_printf(out, "[%zu blanks]", blanks);
			begin = end;
		}
		at = end > at ? end : at + 1;
	}
	utf8_add_visible(out, s + begin, len - begin, true);
}

void
argument_gap(const struct wording *w, size_t chars, struct buf *out)
{
	buf_printf(out, "... %zu characters not shown: ccproc asks " TASK_ID,
	    chars, w->task);
}

/* Adds a text, or its beginning and its end. */
void
argument_text(const struct wording *w, const char *s, size_t len, size_t chars,
    struct buf *out)
{
	size_t all = utf8_chars(s, len), head, tail;

	if (all <= chars) {
		argument_seen(out, s, len);
		return;
	}
	head = utf8_first(s, len, chars - chars / 3);
	tail = utf8_last(s, len, chars / 3);
	argument_seen(out, s, head);
	buf_puts(out, " ");
	argument_gap(w, all - chars, out);
	buf_puts(out, " ... ");
	argument_seen(out, s + len - tail, tail);
}

/* Adds a string in quotes, which nothing in it can end. */
static void
add_quoted(const struct wording *w, const char *s, size_t len, struct buf *out)
{
	struct buf escaped = { 0 };
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\')
			buf_puts(&escaped, "\\");
		buf_add(&escaped, s + i, 1);
	}
	buf_puts(out, "\"");
	if (escaped.len > 0)
		argument_text(w, escaped.data, escaped.len, VALUE_CHARS, out);
	buf_puts(out, "\"");
	buf_clear(&escaped);
}

void
argument_name(const char *name, struct buf *out)
{
	size_t len = strlen(name), keep = utf8_first(name, len, NAME_CHARS);

	buf_puts(out, "\"");
	argument_seen(out, name, keep);
	buf_puts(out, keep < len ? "...\"" : "\"");
}

/* The key of an argument; quoted unless it is a plain word. */
void
argument_key(const char *key, struct buf *out)
{
	if (key[0] != '\0' && strlen(key) <= NAME_CHARS &&
	    key[strspn(key,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_.-")] == '\0')
		buf_puts(out, key);
	else
		argument_name(key, out);
}

/* All bytes of a value, also those after a NUL. */
const char *
argument_value(struct json_object *value, size_t *len)
{
	if (!json_object_is_type(value, json_type_string))
		return json_text(value, len);
	*len = (size_t)json_object_get_string_len(value);
	return json_object_get_string(value);
}

void
argument_add(const struct wording *w, const char *key,
    struct json_object *value, struct buf *out)
{
	const char *text;
	size_t len;

	argument_key(key, out);
	buf_puts(out, ": ");
	text = argument_value(value, &len);
	if (json_object_is_type(value, json_type_string))
		add_quoted(w, text, len, out);
	else
		argument_text(w, text, len, VALUE_CHARS, out);
}

/* Whether it is a tool of Claude Code, not one of an MCP server. */
static bool
is_known(const struct wording *w)
{
	return strncmp(w->tool, "mcp__", 5) != 0;
}

const char *
argument_main(const struct wording *w)
{
	static const char *const keys[] = { "command", "file_path",
		"notebook_path", "path", "url", "pattern", "query", "skill",
		"prompt", NULL };
	size_t i;

	for (i = 0; is_known(w) && keys[i] != NULL; i++)
		if (json_string_at(w->input, keys[i]) != NULL)
			return keys[i];
	return NULL;
}

/* Whether it is of no effect on what is done, by a tool that is known. */
static bool
is_note(const char *key, struct json_object *value)
{
	static const char *const off[] = { "dangerouslyDisableSandbox",
		"replace_all", "run_in_background" };
	size_t i;

	for (i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		if (strcmp(key, off[i]) == 0 &&
		    json_object_is_type(value, json_type_boolean) &&
		    !json_object_get_boolean(value))
			return true;
	return strcmp(key, "description") == 0 ||
	    json_object_is_type(value, json_type_int) || value == NULL;
}

enum argument_kind
argument_kind(const struct wording *w, const char *key,
    struct json_object *value)
{
	const char *main = argument_main(w);
	enum json_type type = json_object_get_type(value);

	if (main != NULL && strcmp(key, main) == 0)
		return ARGUMENT_MAIN;
	if (is_known(w) && is_note(key, value))
		return ARGUMENT_NOTE;
	return type == json_type_string || type == json_type_array ||
		type == json_type_object ?
	    ARGUMENT_TEXT :
	    ARGUMENT_SWITCH;
}

size_t
argument_count(const struct wording *w, enum argument_kind kind)
{
	size_t n = 0;

	json_object_object_foreach(w->input, key, value)
		n += argument_kind(w, key, value) == kind;
	return n;
}

void
argument_leave_out(struct arguments_left *left, const char *key)
{
	if (left->n++ >= ARGUMENTS_SHOWN)
		return;
	buf_puts(&left->names, left->n == 1 ? "" : ", ");
	argument_key(key, &left->names);
}

/* Adds "2 arguments not shown: a, b". */
void
argument_left(const struct arguments_left *left, struct buf *out)
{
	buf_count(out, left->n, "argument");
	buf_printf(out, " not shown: %s", left->names.data);
	if (left->n > ARGUMENTS_SHOWN)
		buf_printf(out, " and %zu more", left->n - ARGUMENTS_SHOWN);
}
