/*
 * Sessions.  See session.h.
 */
#include <stdlib.h>
#include <string.h>

#include <uuid/uuid.h>

#include "common/attributes.h"
#include "common/base64.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/session.h"
#include "json/json.h"
#include "mcp/mcp.h"

#define OWNER_MAX_BYTES 64
/* More words than there are; nobody knows those that come after them. */
#define WORDS_MAX 64

static LIST_HEAD(, session) here = LIST_HEAD_INITIALIZER(here);

/* Returns the decoded member, or NULL with err. */
static char *
take_bytes(struct json_object *params, const char *key, size_t *len,
    struct error *err)
{
	const char *text = json_string_at(params, key);
	size_t size;
	char *out;

	if (text == NULL) {
		fail(err, ERR_INVALID, "hello: %s must be a base64 string",
		    key);
		return NULL;
	}
	size = strlen(text) / 4 * 3 + 3;
	out = xcalloc(1, size + 1);
	if (base64_decode(text, strlen(text), out, size, len) != 0) {
		fail(err, ERR_INVALID, "hello: %s is no base64", key);
		free(out);
		return NULL;
	}
	return out;
}

/* One that no process can have been given, nor can be. */
static int
check_environment(const char *env, size_t len, struct error *err)
{
	const char *at;
	size_t n;

	if (len > EXEC_MAX_ENV_BYTES) {
		fail(err, ERR_LIMIT,
		    "hello: an environment of %zu bytes, allowed are %u", len,
		    EXEC_MAX_ENV_BYTES);
		return -1;
	}
	for (at = env; at < env + len; at += n + 1) {
		n = strlen(at);
		if (n < EXEC_MAX_ARG_BYTES)
			continue;
		fail(err, ERR_LIMIT,
		    "hello: a variable of %zu bytes, allowed are %u, as for "
		    "programs",
		    n, EXEC_MAX_ARG_BYTES - 1);
		return -1;
	}
	return 0;
}

static char *
take_environment(struct json_object *params, size_t *len, struct error *err)
{
	char *env = take_bytes(params, "env", len, err);

	if (env == NULL)
		return NULL;
	if (*len > 0 && env[*len - 1] != '\0')
		(*len)++; /* take_bytes left room, with a NUL in it */
	if (check_environment(env, *len, err) == 0)
		return env;
	free(env);
	return NULL;
}

static int
take_numbers(struct session *session, struct json_object *params,
    struct error *err)
{
	int64_t ordinal, pid, umask;

	if (!json_int_at(params, "ordinal", &ordinal) || ordinal < 1 ||
	    !json_int_at(params, "pid", &pid) || pid < 1 || pid > INT32_MAX ||
	    !json_int_at(params, "umask", &umask) || umask < 0 ||
	    umask > 0777) {
		fail(err, ERR_INVALID,
		    "hello: ordinal, pid and umask must be "
		    "integers in their ranges");
		return -1;
	}
	session->ordinal = (uint64_t)ordinal;
	session->pid = (pid_t)pid;
	session->umask = (mode_t)umask;
	return 0;
}

static bool
take_replay(struct json_object *pair, struct mcp_replay *replay)
{
	struct json_object *ordinal, *age;

	if (!json_object_is_type(pair, json_type_array) ||
	    json_object_array_length(pair) != 2)
		return false;
	ordinal = json_object_array_get_idx(pair, 0);
	age = json_object_array_get_idx(pair, 1);
	if (!json_object_is_type(ordinal, json_type_int) ||
	    !json_object_is_type(age, json_type_int))
		return false;
	replay->ordinal = json_object_get_uint64(ordinal);
	replay->age_ms = json_object_get_int64(age);
	return replay->ordinal >= 1 && replay->age_ms >= 0;
}

/* Clients of before there were any say nothing of them. */
static int
take_replays(struct session *session, struct json_object *params,
    struct error *err)
{
	struct json_object *list = json_array_at(params, "replays");
	size_t i, n = list == NULL ? 0 : json_object_array_length(list);

	session->replays = xcalloc(n + 1, sizeof(*session->replays));
	for (i = 0; i < n; i++) {
		if (take_replay(json_object_array_get_idx(list, i),
			&session->replays[i]))
			continue;
		fail(err, ERR_INVALID,
		    "hello: replays[%zu] must be an ordinal and an age", i);
		return -1;
	}
	session->nreplays = n;
	return 0;
}

/* Programs of before there was anything to name say nothing. */
static void
take_can(struct session *session, struct json_object *params)
{
	struct json_object *list = json_array_at(params, "can"), *word;
	size_t i, n = list == NULL ? 0 : json_object_array_length(list);

	if (n > WORDS_MAX)
		n = WORDS_MAX;
	session->can = strv_dup((char *[]){ NULL });
	for (i = 0; i < n; i++) {
		word = json_object_array_get_idx(list, i);
		if (json_object_is_type(word, json_type_string))
			session->can = strv_add(session->can,
			    json_object_get_string(word));
	}
}

/* Programs of before say nothing of them. */
static int
take_attributes(struct session *session, struct json_object *params,
    struct error *err)
{
	const char *text = json_string_at(params, "attributes");
	struct attributes attributes;

	if (text != NULL && !attributes_parse(text, &attributes)) {
		fail(err, ERR_INVALID, "hello: attributes are no numbers");
		return -1;
	}
	session->attributes = xstrdup(text);
	return 0;
}

/* An owner goes into records and listings, so only a plain name is one. */
static const char *
owner(const struct session *session)
{
	const char *id = session_getenv(session, "CLAUDE_CODE_SESSION_ID");

	if (id == NULL || id[0] == '\0' || strlen(id) > OWNER_MAX_BYTES ||
	    id[strspn(id,
		"0123456789abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ-_")] != '\0')
		return session->uuid;
	return id;
}

/* A directory that is no UTF-8 cannot be recorded: it is none. */
static void
choose_cwd(struct session *session, char *cwd)
{
	const char *project = session_getenv(session, "CLAUDE_PROJECT_DIR");
	const char *dir = project != NULL && project[0] == '/' ? project : cwd;

	if (dir[0] == '/' && utf8_valid(dir, strlen(dir)))
		session->cwd = xstrdup(dir);
	session->cwd_gone = dir[0] == '\0';
	free(cwd);
}

/* Whether a text can be shown in a line of the log. */
static bool
is_word(const char *text)
{
	return text != NULL &&
	    text[strspn(text, "abcdefghijklmnopqrstuvwxyz-")] == '\0';
}

int
session_init(struct session *session, struct json_object *params,
    struct error *err)
{
	const char *uuid = json_string_at(params, "session");
	const char *client = json_string_at(params, "client");
	uuid_t parsed;
	size_t len;
	char *cwd;

	if (uuid == NULL || uuid_parse(uuid, parsed) != 0) {
		fail(err, ERR_INVALID, "hello: session must be a UUID");
		return -1;
	}
	uuid_unparse_lower(parsed, session->uuid);
	if (take_numbers(session, params, err) != 0 ||
	    take_replays(session, params, err) != 0 ||
	    take_attributes(session, params, err) != 0)
		return -1;
	take_can(session, params);
	cwd = take_bytes(params, "cwd", &len, err);
	if (cwd == NULL)
		return -1;
	session->env = take_environment(params, &session->env_len, err);
	if (session->env == NULL) {
		free(cwd);
		return -1;
	}
	session->client = xstrdup(is_word(client) ? client : "?");
	session->ask = xstrdup(json_string_at(params, "ask"));
	session->owner = xstrdup(owner(session));
	choose_cwd(session, cwd);
	LIST_INSERT_HEAD(&here, session, entry);
	session->listed = true;
	return 0;
}

bool
session_is_here(const char *owner)
{
	const struct session *session;

	LIST_FOREACH(session, &here, entry)
		if (strcmp(session->owner, owner) == 0)
			return true;
	return false;
}

void
session_clear(struct session *session)
{
	if (session->listed)
		LIST_REMOVE(session, entry);
	free(session->client);
	free(session->ask);
	free(session->attributes);
	free(session->owner);
	free(session->cwd);
	free(session->env);
	free(session->replays);
	strv_free(session->can);
	memset(session, 0, sizeof(*session));
}

const char *
session_getenv(const struct session *session, const char *name)
{
	const char *at = session->env, *end = at + session->env_len;
	size_t len = strlen(name);

	for (; at < end; at += strlen(at) + 1)
		if (strncmp(at, name, len) == 0 && at[len] == '=')
			return at + len + 1;
	return NULL;
}

bool
session_can(const struct session *session, const char *word)
{
	char **can = session->can;

	while (can != NULL && *can != NULL && strcmp(*can, word) != 0)
		can++;
	return can != NULL && *can != NULL;
}
