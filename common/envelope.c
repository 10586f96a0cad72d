/*
 * The id of a request that is not read.  See envelope.h.  Of text that is no
 * JSON any id may be found, or none; of JSON the right one.
 */
#include <string.h>

#include "common/envelope.h"
#include "common/error.h"

static void
keep(struct envelope *e, char c)
{
	if (e->depth == 1 && e->len < sizeof(e->token))
		e->token[e->len++] = c;
}

static bool
token_is(const struct envelope *e, const char *text)
{
	return e->len == strlen(text) && memcmp(e->token, text, e->len) == 0;
}

static void
end_key(struct envelope *e)
{
	e->key = token_is(e, "\"id\"") ? KEY_ID :
	    token_is(e, "\"method\"")  ? KEY_METHOD :
					 KEY_OTHER;
	e->len = 0;
}

/* The last of several members with one name counts, as in jsonscan. */
static void
end_member(struct envelope *e)
{
	if (e->key == KEY_METHOD)
		e->method = true;
	if (e->key == KEY_ID) {
		e->id_len = e->len <= sizeof(e->id) ? e->len : 0;
		memcpy(e->id, e->token, e->id_len);
	}
	e->key = KEY_OTHER;
	e->len = 0;
}

static void
take_string(struct envelope *e, char c)
{
	keep(e, c);
	if (e->escaped)
		e->escaped = false;
	else if (c == '\\')
		e->escaped = true;
	else if (c == '"')
		e->in_string = false;
}

static void
take(struct envelope *e, char c)
{
	switch (c) {
	case ' ':
	case '\t':
	case '\r':
	case '\n':
		break;
	case '{':
	case '[':
		keep(e, c); /* which is no id */
		if (e->depth++ == 0)
			e->list = c == '[';
		break;
	case '}':
	case ']':
		if (e->depth == 1)
			end_member(e);
		if (e->depth > 0)
			e->depth--;
		break;
	case ',':
		if (e->depth == 1)
			end_member(e);
		break;
	case ':':
		if (e->depth == 1)
			end_key(e);
		break;
	default:
		keep(e, c);
		e->in_string = c == '"';
	}
}

void
envelope_feed(struct envelope *e, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (e->in_string)
			take_string(e, text[i]);
		else
			take(e, text[i]);
	}
}

struct jsonspan
envelope_id(const struct envelope *e)
{
	struct jsonspan none = { NULL, 0 }, id = { e->id, e->id_len };
	struct error ignored;

	if (e->depth != 0 || e->list || !e->method || e->id_len == 0 ||
	    jsonscan_check(id.at, id.len, &ignored) != 0 ||
	    strchr("\"0", jsonscan_type(id)) == NULL)
		return none;
	return id;
}
