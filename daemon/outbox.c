/*
 * Lines that wait for the disk.  See outbox.h.
 */
#include <stdlib.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/outbox.h"
#include "daemon/store/unsynced.h"
#include "json/json.h"
#include "mcp/rpc.h"

struct outbox_line {
	STAILQ_ENTRY(outbox_line) entry;
	struct unsynced_span rests_on;
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
	struct unsynced_span now = unsynced_now();
	struct outbox_line *line;

	if (now.first == 0 && STAILQ_EMPTY(&outbox->lines))
		return false;
	line = xcalloc(1, sizeof(*line));
	line->rests_on = now;
	line->text = text;
	line->len = len;
	STAILQ_INSERT_TAIL(&outbox->lines, line, entry);
	outbox->bytes += len;
	return true;
}

/* What is no answer, and an error, promises nothing. */
static struct json_object *
refuse_one(struct json_object *message)
{
	struct json_object *id = json_member(message, "id"), *error, *out;
	char *text;

	if (id == NULL || json_member(message, "result") == NULL)
		return json_object_get(message);
	text = xasprintf("the disk refused to keep what this call did, so a "
			 "power cut may undo it (%s); it is done, and not "
			 "tried again: look with list_tasks",
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
refuse(char *line, size_t *len)
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
			    refuse_one(json_object_array_get_idx(said, i)));
	} else
		out = refuse_one(said);
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
	bool refused;
	char *text;

	if (line == NULL || !unsynced_over(line->rests_on))
		return NULL;
	*len = line->len;
	refused = unsynced_refused(line->rests_on);
	text = take_first(outbox);
	return refused ? refuse(text, len) : text;
}
