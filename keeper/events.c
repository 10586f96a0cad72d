/*
 * Reading events.  See events.h.
 *
 * Members are told from what is nested in others, and from words inside of
 * strings, by the depth of brackets and by quotes alone: whatever is JSON is
 * read rightly, and what is no JSON must only do no harm.
 */
#include <string.h>

#include "keeper/events.h"

enum member {
	NONE = -1,
	TYPE,
	SUBTYPE,
	API_ERROR_TYPE,
	API_ERROR_STATUS,
	IS_ERROR,
	TASK_ID,
	TASKS,
	NMEMBERS
};

static const char *const names[NMEMBERS] = {
	[TYPE] = "type",
	[SUBTYPE] = "subtype",
	[API_ERROR_TYPE] = "api_error_type",
	[API_ERROR_STATUS] = "api_error_status",
	[IS_ERROR] = "is_error",
	[TASK_ID] = "task_id",
	[TASKS] = "tasks",
};

/* FNV-1a */
#define HASH_BEGIN 0xcbf29ce484222325ULL
#define HASH_PRIME 0x100000001b3ULL

void
events_init(struct events *events)
{
	*events = (struct events){ .member = NONE };
}

void
events_skip(struct events *events)
{
	events->refused = true;
}

static void
word_begin(struct events *e, bool string)
{
	e->len = 0;
	e->plain = true;
	e->string = string;
	e->hash = HASH_BEGIN;
}

static void
word_add(struct events *e, char c)
{
	if (e->len < sizeof(e->word) - 1)
		e->word[e->len] = c;
	e->len++;
	e->hash = (e->hash ^ (unsigned char)c) * HASH_PRIME;
}

/* Returns the word as text; "" if it is too long or not plain. */
static const char *
word_end(struct events *e)
{
	if (e->len >= sizeof(e->word) || !e->plain)
		e->len = 0;
	e->word[e->len] = '\0';
	return e->word;
}

/* Where the text of a member is kept, or NULL. */
static char *
text_of(struct events *e)
{
	switch (e->member) {
	case TYPE:
		return e->event.type;
	case SUBTYPE:
		return e->event.subtype;
	case API_ERROR_TYPE:
		return e->event.api_error_type;
	case API_ERROR_STATUS:
		return e->event.api_error_status;
	case IS_ERROR:
		return e->event.is_error;
	default:
		return NULL;
	}
}

/* The last one of several with a name counts. */
static void
value_begin(struct events *e)
{
	char *text = text_of(e);

	e->in_value = true;
	word_begin(e, false);
	if (text != NULL)
		text[0] = '\0';
	else if (e->member == TASK_ID)
		e->event.task_id = 0;
	else if (e->member == TASKS)
		e->event.has_tasks = false;
}

/* A string is no number and no word such as true, and they are no string. */
static void
value_end(struct events *e)
{
	bool word = e->member == API_ERROR_STATUS || e->member == IS_ERROR;
	char *text = text_of(e);

	if (e->member == TASK_ID && e->string && e->len > 0)
		e->event.task_id = e->hash;
	else if (text != NULL && e->string != word)
		strcpy(text, word_end(e));
	e->member = NONE;
}

static void
key_end(struct events *e)
{
	const char *key = word_end(e);
	int i;

	e->member = NONE;
	for (i = 0; i < NMEMBERS; i++)
		if (strcmp(key, names[i]) == 0)
			e->member = i;
}

static void
string_end(struct events *e)
{
	e->quoted = false;
	if (e->depth != 1)
		return;
	if (e->in_value)
		value_end(e);
	else
		key_end(e);
}

static void
take_quoted(struct events *e, char c)
{
	if (e->escaped)
		e->escaped = false;
	else if (c == '"') {
		string_end(e);
		return;
	} else if (c == '\\') {
		e->escaped = true;
		e->plain = false;
	}
	if (e->depth == 1)
		word_add(e, c);
}

/* A bracket, comma or colon of the object itself. */
static void
take_mark(struct events *e, char c)
{
	if (c == ':')
		value_begin(e);
	else if (c == ',' || c == '}') {
		if (e->in_value && !e->string)
			value_end(e);
		e->in_value = false;
	}
}

static void
take_inside(struct events *e, char c)
{
	if (e->depth == 1 && strchr(":,}", c) != NULL)
		take_mark(e, c);
	else if (e->depth == 1 && c != '"' && c != '{' && c != '[')
		word_add(e, c);
	else if (e->member == TASKS && e->depth > 1 && c != ']' && c != '}')
		e->event.has_tasks = true;
	if (c == '"') {
		e->quoted = true;
		if (e->depth == 1)
			word_begin(e, true);
	} else if (c == '{' || c == '[') {
		e->depth++;
	} else if (c == '}' || c == ']') {
		e->closed = --e->depth == 0;
	}
}

static void
take(struct events *e, char c)
{
	if (e->quoted) {
		take_quoted(e, c);
	} else if (c == ' ' || c == '\t' || c == '\r') {
		return;
	} else if (e->depth > 0) {
		take_inside(e, c);
	} else if (c == '{' && !e->closed) {
		e->depth = 1;
	} else {
		e->refused = true;
	}
}

static void
line_end(struct events *e)
{
	if (e->refused || !e->closed)
		e->event = (struct event){ .type = "" };
	e->ended = true;
}

/* Strings in what is nested, and those of members that are not asked for. */
static bool
is_idle(const struct events *e)
{
	return e->quoted && !e->escaped &&
	    (e->depth > 1 || (e->in_value && e->member == NONE));
}

/* Over what says nothing, at speed. */
static const char *
skip(const struct events *e, const char *p, const char *end)
{
	if (e->refused)
		while (p < end && *p != '\n')
			p++;
	else if (is_idle(e))
		while (p < end && *p != '"' && *p != '\\' && *p != '\n')
			p++;
	return p;
}

bool
events_next(struct events *events, const char **p, const char *end)
{
	char c;

	if (events->ended && *p < end)
		events_init(events);
	while ((*p = skip(events, *p, end)) < end) {
		events->begun = true;
		c = *(*p)++;
		if (c == '\n') {
			line_end(events);
			return true;
		}
		take(events, c);
	}
	return false;
}

bool
events_finish(struct events *events)
{
	if (events->ended || !events->begun)
		return false;
	line_end(events);
	return true;
}
