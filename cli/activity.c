/*
 * What an agent does.  See activity.h.  The daemon reads the agent's events
 * and waits for more of them; we go on from its cursor.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/activity.h"
#include "cli/rpc.h"
#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"

/* The longest wait that is not cut without progress notices. */
#define WAIT_S 50
#define MAX_CHARS 45000

struct look {
	char *text;        /* the whole answer */
	const char *lines; /* in it; "": none */
	int64_t cursor;    /* to go on from */
	bool ended;
};

static struct json_object *
look_args(const struct activity_spec *spec, int64_t cursor, bool wait)
{
	struct json_object *args = json_object_new_object();

	json_add_string(args, "id", spec->id);
	if (spec->run > 0)
		json_add_int(args, "run", spec->run);
	json_add_string(args, "stream", "activity");
	json_add_string(args, "grep", "."); /* every line, and no summary */
	json_add_int(args, "max_chars", MAX_CHARS);
	json_add_int(args, "cursor", cursor);
	json_add_int(args, "wait_s", wait ? WAIT_S : 0);
	return args;
}

/* "t7 activity 0-20 of 20 · running · next cursor 20", then lines. */
static int
parse(struct look *look, struct error *err)
{
	char *end = strchr(look->text, '\n'), *cursor;

	look->lines = "";
	if (end != NULL) {
		*end = '\0';
		look->lines = end + 1;
	}
	if (strcmp(look->lines, "no line matches") == 0)
		look->lines = "";
	cursor = strstr(look->text, "next cursor ");
	if (cursor == NULL) {
		fail(err, ERR_INVALID, "expected \"next cursor\", got %.80s",
		    look->text);
		return -1;
	}
	look->cursor = strtoll(cursor + strlen("next cursor "), NULL, 10);
	look->ended = strstr(look->text, " running ") == NULL &&
	    strstr(look->text, " queued ") == NULL &&
	    strstr(look->text, " needs_input ") == NULL;
	return 0;
}

/* The caller frees look->text, whatever comes of it. */
static int
look_from(struct rpc *rpc, const struct activity_spec *spec, int64_t cursor,
    bool wait, struct look *look, struct error *err)
{
	struct rpc_reply reply;

	memset(look, 0, sizeof(*look));
	if (rpc_call(rpc, "read_output", look_args(spec, cursor, wait), &reply,
		err) != 0)
		return -1;
	look->text = reply.text;
	if (!reply.failed)
		return parse(look, err);
	/* it has begun anew, with a file of its own */
	if (cursor > 0 && strstr(reply.text, "is beyond the end") != NULL)
		return 0;
	fail(err, ERR_NOT_FOUND, "%s", reply.text);
	return -1;
}

/* The last lines of text; -1: all of it. */
static const char *
last_of(const char *text, int64_t lines)
{
	const char *at = text + strlen(text);

	if (lines < 0)
		return text;
	if (lines == 0)
		return at;
	while (at > text && (at[-1] != '\n' || --lines > 0))
		at--;
	return at;
}

int
activity_print(struct rpc *rpc, const struct activity_spec *spec,
    struct error *err)
{
	int64_t cursor = -1, lines = spec->lines;
	bool more = true, any = false;
	const char *text;
	struct look look;
	int result = 0;

	while (more && result == 0) {
		result = look_from(rpc, spec, cursor,
		    spec->follow && cursor >= 0, &look, err);
		if (result == 0 && look.lines != NULL) {
			text = last_of(look.lines, lines);
			if (*text != '\0')
				fprintf(spec->out, "%s\n", text);
			fflush(spec->out);
			any = any || *look.lines != '\0';
			lines = -1;
			more = spec->follow && !look.ended;
		}
		cursor = look.cursor;
		free(look.text);
	}
	return result != 0 ? -1 : any;
}
