/*
 * Parsing, printing, getting and adding.  See json.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"
#include "common/jsonscan.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "json/json.h"

/* One tokener for all: a new one per line costs about 20 us. */
static struct json_tokener *
tokener(void)
{
	static struct json_tokener *only;

	if (only == NULL) {
		only = json_tokener_new_ex(JSON_MAX_DEPTH + 1);
		if (only == NULL)
			fatalx("out of memory: json tokener");
		json_tokener_set_flags(only, JSON_TOKENER_VALIDATE_UTF8);
	}
	json_tokener_reset(only);
	return only;
}

struct json_object *
json_parse(const char *text, size_t len, struct error *err)
{
	struct json_tokener *tok;
	struct json_object *value;

	if (len > LINE_MAX_BYTES) {
		fail(err, ERR_INVALID,
		    "%zu bytes of JSON, the most allowed are %u", len,
		    LINE_MAX_BYTES);
		return NULL;
	}
	if (jsonscan_check(text, len, err) != 0)
		return NULL;
	tok = tokener();
	value = json_tokener_parse_ex(tok, text, (int)len);
	/* A number at the top has no end until something follows it. */
	if (json_tokener_get_error(tok) == json_tokener_continue)
		value = json_tokener_parse_ex(tok, "", 1);
	if (json_tokener_get_error(tok) != json_tokener_success) {
		fail(err, ERR_INVALID, "not JSON: %s",
		    json_tokener_error_desc(json_tokener_get_error(tok)));
		return NULL;
	}
	if (value == NULL) /* json-c's null is no object that could be put */
		fail(err, ERR_INVALID, "expected something, got null");
	return value;
}

static char *
read_all(int fd, size_t size, size_t *len, struct error *err)
{
	char *text = xcalloc(1, size + 1);
	ssize_t n;

	*len = 0;
	while (*len < size) {
		n = read(fd, text + *len, size - *len);
		if (n == 0)
			break;
		if (n == -1) {
			if (errno == EINTR)
				continue;
			fail_errno(err, "cannot read");
			free(text);
			return NULL;
		}
		*len += (size_t)n;
	}
	return text;
}

static struct json_object *
read_fd(int fd, off_t size, struct error *err)
{
	struct json_object *value;
	size_t len;
	char *text;

	if (size > (off_t)LINE_MAX_BYTES) {
		fail(err, ERR_INVALID, "longer than %u bytes", LINE_MAX_BYTES);
		return NULL;
	}
	text = read_all(fd, (size_t)size, &len, err);
	if (text == NULL)
		return NULL;
	value = json_parse(text, len, err);
	free(text);
	return value;
}

struct json_object *
json_read(int dirfd, const char *name, struct error *err)
{
	struct json_object *value;
	off_t size;
	int fd = io_open_regular(dirfd, name, &size);

	if (fd == -1) {
		fail_errno(err, "%s", name);
		if (err->errnum == ENOENT)
			err->code = ERR_NOT_FOUND;
		else if (err->errnum == EINVAL)
			fail(err, ERR_INVALID, "%s: not a regular file", name);
		return NULL;
	}
	value = read_fd(fd, size, err);
	close(fd);
	if (value == NULL)
		fail_prefix(err, "%s", name);
	return value;
}

const char *
json_text(struct json_object *value, size_t *len)
{
	return json_object_to_json_string_length(value,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, len);
}

char *
json_line(struct json_object *value)
{
	struct buf line = { 0 };

	buf_puts(&line, json_text(value, NULL));
	utf8_escape_separators(&line);
	return buf_steal(&line);
}

static struct json_object *
member_of_type(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value = json_member(object, key);

	return json_object_is_type(value, type) ? value : NULL;
}

struct json_object *
json_member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, key, &value);
	return value;
}

struct json_object *
json_object_at(struct json_object *object, const char *key)
{
	return member_of_type(object, key, json_type_object);
}

struct json_object *
json_array_at(struct json_object *object, const char *key)
{
	return member_of_type(object, key, json_type_array);
}

const char *
json_string_at(struct json_object *object, const char *key)
{
	struct json_object *value = member_of_type(object, key,
	    json_type_string);

	return value == NULL ? NULL : json_object_get_string(value);
}

bool
json_int_at(struct json_object *object, const char *key, int64_t *out)
{
	struct json_object *value = member_of_type(object, key, json_type_int);

	if (value == NULL)
		return false;
	*out = json_object_get_int64(value);
	return true;
}

bool
json_number_at(struct json_object *object, const char *key, double *out)
{
	struct json_object *value = json_member(object, key);

	if (!json_object_is_type(value, json_type_int) &&
	    !json_object_is_type(value, json_type_double))
		return false;
	if (!isfinite(json_object_get_double(value)))
		return false;
	*out = json_object_get_double(value);
	return true;
}

bool
json_bool_at(struct json_object *object, const char *key, bool *out)
{
	struct json_object *value = member_of_type(object, key,
	    json_type_boolean);

	if (value == NULL)
		return false;
	*out = json_object_get_boolean(value);
	return true;
}

void
json_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) != 0)
		fatalx("out of memory: json member");
}

void
json_add_string(struct json_object *object, const char *key, const char *s)
{
	char *clean;

	if (s == NULL) {
		json_add(object, key, NULL);
		return;
	}
	/* json-c prints what it was given: an invalid byte breaks the line */
	clean = utf8_clean(s, strlen(s));
	json_add(object, key, json_object_new_string(clean));
	free(clean);
}

void
json_add_int(struct json_object *object, const char *key, int64_t n)
{
	json_add(object, key, json_object_new_int64(n));
}

void
json_add_known(struct json_object *object, const char *key, int64_t n)
{
	json_add(object, key, n < 0 ? NULL : json_object_new_int64(n));
}

void
json_add_number(struct json_object *object, const char *key, double n)
{
	char text[40];

	if (isfinite(n) && n >= 0) {
		snprintf(text, sizeof(text), "%.10g", n);
		json_add(object, key, json_object_new_double_s(n, text));
	} else
		json_add(object, key, NULL);
}

void
json_add_bool(struct json_object *object, const char *key, bool b)
{
	json_add(object, key, json_object_new_boolean(b));
}

void
json_add_strv(struct json_object *object, const char *key, char *const *v)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; v != NULL && v[i] != NULL; i++)
		json_object_array_add(array, json_object_new_string(v[i]));
	json_add(object, key, array);
}

void
json_add_text(struct json_object *object, const char *key, const char *text)
{
	struct json_object *value = NULL;
	struct error err;

	if (text != NULL)
		value = json_parse(text, strlen(text), &err);
	json_add(object, key, value);
}

void
json_add_time(struct json_object *object, const char *key, int64_t ms)
{
	char text[TIMEFMT_SIZE];

	json_add_string(object, key, ms == 0 ? NULL : timefmt_iso(ms, text));
}

const char *
json_type_word(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_object:
		return "object";
	case json_type_array:
		return "array";
	case json_type_string:
		return "string";
	case json_type_int:
		return "integer";
	case json_type_double:
		return "number";
	case json_type_boolean:
		return "boolean";
	case json_type_null:
		break;
	}
	return "null";
}
