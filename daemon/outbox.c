/*
 * Lines that wait for the disk.  See outbox.h.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json_visit.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/outbox.h"
#include "daemon/store/refusals.h"
#include "daemon/store/unsynced.h"
#include "json/json.h"
#include "mcp/rpc.h"

struct outbox_line {
	STAILQ_ENTRY(outbox_line) entry;
	struct unsynced_span waits_for;
	struct unsynced_span did; /* what its request has changed */
	char *text;
	size_t len;
};

void
outbox_init(struct outbox *outbox)
{
	STAILQ_INIT(&outbox->lines);
	outbox->bytes = 0;
}

/* Returns the text of the first line, which is no longer in it. */
static char *
take_first(struct outbox *outbox)
{
	struct outbox_line *line = STAILQ_FIRST(&outbox->lines);
	char *text = line->text;

	STAILQ_REMOVE_HEAD(&outbox->lines, entry);
	outbox->bytes -= line->len;
	free(line);
	return text;
}

void
outbox_clear(struct outbox *outbox)
{
	while (!STAILQ_EMPTY(&outbox->lines))
		free(take_first(outbox));
}

bool
outbox_hold(struct outbox *outbox, char *text, size_t len)
{
	struct unsynced_span now = unsynced_now(), did = unsynced_done();
	struct outbox_line *line;

	if (now.first == 0 && STAILQ_EMPTY(&outbox->lines) &&
	    !unsynced_refused(did))
		return false;
	line = xcalloc(1, sizeof(*line));
	line->waits_for = now;
	line->did = did;
	line->text = text;
	line->len = len;
	STAILQ_INSERT_TAIL(&outbox->lines, line, entry);
	outbox->bytes += len;
	return true;
}

/* Whether a text names a task that the disk has refused: t7, t5-t9. */
static bool
names_refused(const char *text)
{
	const char *at = text;
	uint64_t first, last;
	char *end;

	for (; (at = strchr(at, 't')) != NULL; at++) {
		if (!isdigit((unsigned char)at[1]) ||
		    (at > text && isalnum((unsigned char)at[-1])))
			continue;
		first = last = strtoull(at + 1, &end, 10);
		if (end[0] == '-' && end[1] == 't' &&
		    isdigit((unsigned char)end[2]))
			last = strtoull(end + 2, NULL, 10);
		if (refusals_has(first, last))
			return true;
	}
	return false;
}

static int
look(struct json_object *value, int flags, struct json_object *parent,
    const char *key, size_t *i, void *arg)
{
	bool *found = arg;

	(void)flags;
	(void)parent;
	(void)key;
	(void)i;
	if (json_object_is_type(value, json_type_string))
		*found = names_refused(json_object_get_string(value));
	return *found ? JSON_C_VISIT_RETURN_STOP : JSON_C_VISIT_RETURN_CONTINUE;
}

static bool
rests_on_refused(struct json_object *result)
{
	bool found = false;

	json_c_visit(result, 0, look, &found);
	return found;
}

/* What is no answer, and an error, promises nothing. */
static struct json_object *
refuse_one(struct json_object *message, bool acts)
{
	struct json_object *id = json_member(message, "id"), *error, *out;
	struct json_object *result = json_member(message, "result");
	char *text;

	if (id == NULL || result == NULL ||
	    (!acts && !rests_on_refused(result)))
		return json_object_get(message);
	text = xasprintf("the disk refused to keep what this answer tells, so "
			 "a power cut may undo it (%s); what was asked for is "
			 "done, and not tried again: look with list_tasks",
	    unsynced_why());
	error = json_object_new_object();
	json_add_int(error, "code", RPC_INTERNAL_ERROR);
	json_add_string(error, "message", text);
	free(text);
	out = json_object_new_object();
	json_add_string(out, "jsonrpc", "2.0");
	json_add(out, "id", json_object_get(id));
	json_add(out, "error", error);
	return out;
}

/* Takes a line; returns what is said instead.  It may be a batch of them. */
static char *
refuse(char *line, size_t *len, bool acts)
{
	struct error err;
	struct json_object *said = json_parse(line, *len, &err), *out;
	struct buf text = { 0 };
	size_t i;

	if (said == NULL)
		return line;
	if (json_object_is_type(said, json_type_array)) {
		out = json_object_new_array();
		for (i = 0; i < json_object_array_length(said); i++)
			json_object_array_add(out,
			    refuse_one(json_object_array_get_idx(said, i),
				acts));
	} else
		out = refuse_one(said, acts);
	buf_puts(&text, json_text(out, NULL));
	buf_puts(&text, "\n");
	json_object_put(out);
	json_object_put(said);
	free(line);
	*len = text.len;
	return buf_steal(&text);
}

char *
outbox_next(struct outbox *outbox, size_t *len)
{
	struct outbox_line *line = STAILQ_FIRST(&outbox->lines);
	bool refused, acts;
	char *text;

	if (line == NULL || !unsynced_over(line->waits_for))
		return NULL;
	*len = line->len;
	acts = unsynced_refused(line->did);
	refused = acts || unsynced_refused(line->waits_for);
	text = take_first(outbox);
	return refused ? refuse(text, len, acts) : text;
}
