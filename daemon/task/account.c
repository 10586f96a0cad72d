/*
 * Accounts of agents.  See account.h.
 */
#include <stdlib.h>
#include <string.h>

#include <uuid/uuid.h>

#include "common/machine.h"
#include "common/mem.h"
#include "daemon/task/account.h"
#include "daemon/task/environment.h"

/* What says which API is asked, and for whom. */
static const char *const names[] = {
	"ANTHROPIC_API_KEY",
	"ANTHROPIC_AUTH_TOKEN",
	"ANTHROPIC_BASE_URL",
	"CLAUDE_CODE_OAUTH_TOKEN",
	"CLAUDE_CODE_USE_BEDROCK",
	"CLAUDE_CODE_USE_VERTEX",
};

/* Returns the folder with claude's login, by whatever name it is reached. */
static char *
configuration(const struct buf *env)
{
	const char *dir = environment_get(env, "CLAUDE_CONFIG_DIR");
	const char *home = environment_get(env, "HOME");
	char *path = dir != NULL ?
	    xstrdup(dir) :
	    xasprintf("%s/.claude", home == NULL ? "" : home);
	char *real = realpath(path, NULL);

	if (real == NULL)
		return path;
	free(path);
	return real;
}

char *
account_of(const struct buf *env)
{
	struct buf told = { 0 };
	char *dir = configuration(env), *text = xcalloc(1, 37);
	struct machine here;
	const char *value;
	uuid_t key, account;
	size_t i;

	buf_add(&told, dir, strlen(dir) + 1);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = environment_get(env, names[i]);
		if (value != NULL)
			buf_printf(&told, "%s=%s\n", names[i], value);
	}
	machine_read(&here);
	uuid_clear(account);
	uuid_generate_sha1(key, account, here.id, strlen(here.id));
	uuid_generate_sha1(account, key, told.data, told.len);
	uuid_unparse_lower(account, text);
	explicit_bzero(told.data, told.len);
	buf_clear(&told);
	free(dir);
	return text;
}
