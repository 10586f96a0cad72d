/*
 * Fuzzing the hello of a connection: the params of ccproc/hello as JSON.
 * A session that was accepted is whole, and its environment can be walked.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/session.h"
#include "daemon/task/environment.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
use(const struct session *session)
{
	static const struct environment_task task = { "t1-x", "t0-x", 2, NULL,
		NULL };
	struct buf env = { 0 };

	require(strlen(session->uuid) == 36);
	require(session->client != NULL && session->owner != NULL);
	require(session->ordinal >= 1 && session->pid >= 1);
	require(session->umask <= 0777);
	require(session->cwd == NULL ||
	    (session->cwd[0] == '/' &&
		utf8_valid(session->cwd, strlen(session->cwd))));
	require(session->env_len == 0 ||
	    session->env[session->env_len - 1] == '\0');
	session_getenv(session, "PATH");
	session_getenv(session, "");
	environment_build(session->env, session->env_len, NULL, &task, &env);
	require(env.data[env.len - 1] == '\0');
	buf_clear(&env);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *params;
	struct session session;
	struct error err;

	params = json_parse((const char *)data, size, &err);
	if (params == NULL)
		return 0;
	memset(&session, 0, sizeof(session));
	error_clear(&err);
	if (session_init(&session, params, &err) == 0)
		use(&session);
	else
		require(err.code != ERR_NONE && err.text[0] != '\0');
	session_clear(&session);
	json_object_put(params);
	return 0;
}
