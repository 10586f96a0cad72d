/*
 * ccproc config: the configuration, which is the daemon's: its program tells
 * it, also when no daemon is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/editor.h"
#include "cli/input.h"
#include "cli/link.h"
#include "cli/options.h"
#include "cli/path.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/io.h"
#include "common/launch.h"
#include "common/mem.h"
#include "common/paths.h"

/* How long a daemon may take to say what it reads. */
#define ANSWER_MS 2000
/* What config.c takes of a file. */
#define CONFIG_MAX_BYTES (1u << 20)

struct config_options {
	bool none;
};

static const struct option_row rows[] = {
	END_OF_OPTIONS,
};

static const struct config_options defaults = { .none = false };
static const char *const actions[] = { "get", "check", "edit", "schema",
	"template", NULL };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb config_verb = {
	.name = "config",
	.synopsis = "[get KEY | check [FILE] | edit | schema | template]",
	.summary = "Show the configuration; check or edit it",
	.details =
	    "\nAlone it shows every key with its value, range and meaning.  Get "
	    "prints the value\nof a key, or all below it; check says what the "
	    "daemon would say; schema is a JSON\nSchema for editors; template "
	    "is a file with every key in comments.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct config_options),
	.words = "action and word",
	.max_words = 2,
	.actions = actions,
	.alone = true,
	.check = check,
	.run = run,
};

static int
check(const void *options, char *const *words, struct error *err)
{
	bool get = words[0] != NULL && strcmp(words[0], "get") == 0;

	(void)options;
	if (get && words[1] == NULL)
		fail(err, ERR_INVALID,
		    "expected a KEY such as agents.max_running");
	else if (!get && words[0] != NULL && words[1] != NULL &&
	    strcmp(words[0], "check") != 0)
		fail(err, ERR_INVALID, "expected nothing after %s, got '%.60s'",
		    words[0], words[1]);
	else
		return 0;
	return -1;
}

/*
 * Makes the file of the daemon that runs ours, whatever the variables here
 * say; where they name another, that is said.
 */
static int
follow_daemon(struct error *err)
{
	char session[37], path[PATH_MAX];
	struct link link;

	launch_session(session);
	link_init(&link);
	if (link_try(&link, session, ANSWER_MS, err) != 0)
		return err->code == ERR_INVALID ? -1 : 0; /* there is none */
	if (link.daemon.config[0] != '\0') {
		if (paths_config(path, sizeof(path), err) == 0 &&
		    strcmp(path, link.daemon.config) != 0)
			say("the daemon reads %s; %s, which is meant here, is "
			    "not in force",
			    link.daemon.config, path);
		setenv("CCPROC_CONFIG", link.daemon.config, 1);
	}
	link_close(&link);
	return 0;
}

/* Runs the daemon's program; what it prints is appended to out, if any. */
static int
run_daemon(char *program, const char *option, struct buf *out)
{
	char *word = xstrdup(option), *argv[] = { program, word, NULL };
	int status = child_run(argv, STDOUT_FILENO, out);

	free(word);
	return status == 0 || status == STATUS_SIGNAL + SIGPIPE ? status :
								  STATUS_OURS;
}

/* The value as JSON; a text without its quotes, for scripts. */
static void
print_value(const char *value, size_t len)
{
	if (len > 1 && value[0] == '"' && value[len - 1] == '"' &&
	    memchr(value, '\\', len) == NULL)
		printf("%.*s\n", (int)len - 2, value + 1);
	else
		printf("%.*s\n", (int)len, value);
}

/* Lines such as "agents.max_running = 4" of the key, or of those below it. */
static int
find_key(const char *text, const char *key)
{
	size_t len = strlen(key), line;
	bool found = false;

	for (; *text != '\0'; text += line + (text[line] == '\n')) {
		line = strcspn(text, "\n");
		if (line <= len || strncmp(text, key, len) != 0)
			continue;
		if (text[len] == '.')
			printf("%.*s\n", (int)line, text);
		else if (strncmp(text + len, " = ", 3) == 0)
			print_value(text + len + 3, line - len - 3);
		else
			continue;
		found = true;
	}
	if (found)
		return 0;
	say("there is no key '%.100s'; ccproc config lists all of them", key);
	return STATUS_OURS;
}

static int
get(char *program, const char *key)
{
	struct buf text = { 0 };
	int status = run_daemon(program, "--print-config", &text);

	if (status == 0)
		status = find_key(text.data, key);
	buf_clear(&text);
	return status;
}

static int
check_file(char *program, const char *file)
{
	char path[PATH_MAX], *absolute;
	struct error err;
	int status;

	if (file != NULL) {
		absolute = path_absolute(file);
		setenv("CCPROC_CONFIG", absolute, 1);
		free(absolute);
	}
	if (paths_config(path, sizeof(path), &err) != 0)
		return say_failed(&err);
	if (file != NULL && access(path, R_OK) != 0) {
		say("cannot read %s: %s", path, strerror(errno));
		return STATUS_OURS;
	}
	status = run_daemon(program, "--check", NULL);
	if (status == 0)
		printf("%s%s\n", path,
		    access(path, F_OK) == 0 ?
			" is sound" :
			" is not there, so everything is as by default");
	return status;
}

/* What is there, or else a template. */
static int
current_text(char *program, const char *path, struct buf *text,
    struct error *err)
{
	if (access(path, F_OK) == 0)
		return input_file(path, CONFIG_MAX_BYTES, text, err);
	if (run_daemon(program, "--config-template", text) == 0)
		return 0;
	fail(err, ERR_SYSTEM, "%s has no template", program);
	return -1;
}

static int
write_text(const char *path, const char *text, struct error *err)
{
	char *slash;
	int fd, result = -1;

	slash = strrchr(path, '/');
	if (slash != NULL && slash != path) {
		*slash = '\0';
		mkdir(path, 0700); /* what fails shows below */
		*slash = '/';
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd != -1 && io_write(fd, text, strlen(text)) == 0)
		result = 0;
	else
		fail_errno(err, "cannot write %s", path);
	if (fd != -1)
		close(fd);
	return result;
}

/* It is as open to others as before, and to nobody when it is new. */
static int
replace(const char *copy, const char *path)
{
	struct stat st;

	if (chmod(copy, stat(path, &st) == 0 ? st.st_mode & 0777 : 0600) != 0)
		return -1;
	return rename(copy, path);
}

/*
 * A copy is edited, and becomes the file if the daemon could serve with it; if
 * not, the next edit goes on with the copy.
 */
static int
edit_copy(char *program, const char *path, char *copy, struct error *err)
{
	struct buf before = { 0 }, after = { 0 };
	int result = current_text(program, path, &before, err);
	struct stat st;
	bool goes_on = lstat(copy, &st) == 0 && S_ISREG(st.st_mode);

	if (goes_on)
		say("going on with %s", copy);
	if (result == 0 && !goes_on)
		result = write_text(copy, before.data, err);
	if (result == 0 && (result = editor_run(copy, err)) != 0 && !goes_on)
		unlink(copy);
	if (result == 0)
		result = input_file(copy, CONFIG_MAX_BYTES, &after, err);
	if (result == 0 && after.len == before.len &&
	    memcmp(after.data, before.data, after.len) == 0) {
		unlink(copy);
		puts("nothing was changed");
	} else if (result == 0) {
		setenv("CCPROC_CONFIG", copy, 1);
		result = run_daemon(program, "--check", NULL);
		if (result != 0)
			fail(err, ERR_INVALID,
			    "%s is as it was; ccproc config edit goes on with "
			    "what you wrote",
			    path);
		else if ((result = replace(copy, path)) != 0)
			fail_errno(err, "cannot write %s", path);
		else
			printf("%s is changed; ccproc daemon restart has a "
			       "daemon that runs read it\n",
			    path);
	}
	buf_clear(&before);
	buf_clear(&after);
	return result;
}

static int
edit(char *program)
{
	char path[PATH_MAX], *real, *copy;
	struct error err;
	int result;

	if (paths_config(path, sizeof(path), &err) != 0)
		return say_failed(&err);
	real = realpath(path, NULL); /* a link stays one */
	if (real == NULL)
		real = xstrdup(path);
	copy = xasprintf("%s.edit.json", real);
	result = edit_copy(program, real, copy, &err);
	free(copy);
	free(real);
	return result == 0 ? 0 : say_failed(&err);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const char *action = words[0] == NULL ? "" : words[0];
	char program[PATH_MAX];
	struct error err;

	(void)rpc;
	(void)options;
	if (follow_daemon(&err) != 0 ||
	    paths_program("ccprocd", program, sizeof(program), &err) != 0)
		return say_failed(&err);
	if (strcmp(action, "get") == 0)
		return get(program, words[1]);
	if (strcmp(action, "check") == 0)
		return check_file(program, words[1]);
	if (strcmp(action, "edit") == 0)
		return edit(program);
	if (strcmp(action, "schema") == 0)
		return run_daemon(program, "--config-schema", NULL);
	if (strcmp(action, "template") == 0)
		return run_daemon(program, "--config-template", NULL);
	return run_daemon(program, "--print-config", NULL);
}
