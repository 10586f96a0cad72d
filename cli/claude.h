/*
 * Claude Code as it is set up for this person and this folder, read from its
 * own files; no secret is looked at.
 */
#ifndef CLI_CLAUDE_H
#define CLI_CLAUDE_H

#include <stdbool.h>

struct error;
struct json_object;

/* The tools that only read, up to NULL. */
extern const char *const claude_reading_tools[];

/* Where it looks for servers and settings. */
enum claude_scope {
	CLAUDE_USER,
	CLAUDE_PROJECT,
	CLAUDE_LOCAL,
	CLAUDE_SCOPES,
};
/* Returns its name, as `claude mcp add -s` takes it. */
const char *claude_scope_name(enum claude_scope scope);

struct claude {
	char *dir;                 /* its configuration's */
	char *cwd;                 /* this folder */
	struct json_object *state; /* .claude.json; NULL: none */
	struct json_object *settings[CLAUDE_SCOPES]; /* NULL: none */
};

/* Reads what there is; the caller closes. */
void claude_open(struct claude *claude);
void claude_close(struct claude *claude);

/* What it logs in with, in words; NULL: nothing is seen. */
const char *claude_login(const struct claude *claude);
/* Whether the person has said that this folder is trusted. */
bool claude_trusts(const struct claude *claude);
/*
 * Returns the command of the server ccproc, which the caller frees, and in
 * which scope; NULL: it is not registered.
 */
char *claude_server(const struct claude *claude, enum claude_scope *scope);
/*
 * The name of the plugin ccproc where that is enabled, which has a server of its
 * own and lets the reading tools go; NULL: it is not.
 */
const char *claude_plugin(const struct claude *claude);
/* Whether it may call that tool of ours without a question. */
bool claude_allows(const struct claude *claude, const char *tool);

/* The file with the settings of a scope, which the caller frees. */
char *claude_settings_path(const struct claude *claude,
    enum claude_scope scope);
/*
 * Adds rules for the reading tools to the settings of a scope, or removes
 * them.  Returns 1 if anything changed, 0 if not, -1 with err.
 */
int claude_allow(struct claude *claude, enum claude_scope scope, bool allow,
    struct error *err);

#endif
