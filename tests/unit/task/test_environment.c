/*
 * The environment of a task.
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/task/environment.h"
#include "tests/unit/unit.h"

static struct buf out;
static const struct environment_task top = { "t7-UUID", NULL, 1, NULL, NULL };

static void
teardown(void)
{
	buf_clear(&out);
}

/* Env has a newline for each NUL; so has expected. */
static void
expect(const char *env, char *const *extra, const struct environment_task *task,
    const char *expected)
{
	char *copy = xstrdup(env);
	size_t i, len = strlen(copy);

	for (i = 0; i < len; i++)
		if (copy[i] == '\n')
			copy[i] = '\0';
	buf_clear(&out);
	environment_build(copy, len, extra, task, &out);
	for (i = 0; i < out.len; i++)
		if (out.data[i] == '\0')
			out.data[i] = '\n';
	ck_assert_str_eq(out.data, expected);
	free(copy);
}

START_TEST(the_users_own_passes)
{
	expect("PATH=/bin\nHOME=/h\nANTHROPIC_API_KEY=k\n"
	       "CLAUDE_CONFIG_DIR=/c\nCLAUDE_CODE_MAX_RETRIES=1\nE=\nX=a=b\n",
	    NULL, &top,
	    "PATH=/bin\nHOME=/h\nANTHROPIC_API_KEY=k\nCLAUDE_CONFIG_DIR=/c\n"
	    "CLAUDE_CODE_MAX_RETRIES=1\nE=\nX=a=b\nCCPROC_TASK=t7-UUID\n"
	    "CCPROC_DEPTH=1\n");
}
END_TEST

START_TEST(what_ties_to_a_session_goes)
{
	expect("CLAUDECODE=1\nCLAUDE_CODE_SESSION_ID=x\nCLAUDE_PROJECT_DIR=/p\n"
	       "CLAUDE_CODE_MESSAGING_TOKEN=t\nCLAUDE_CODE_MESSAGING_SOCKET=s\n"
	       "CLAUDE_CODE_ENTRYPOINT=cli\nCLAUDE_CODE_CHILD_SESSION=1\n"
	       "AI_AGENT=a\nGIT_EDITOR=true\nCCPROC_TASK=t1-x\nCCPROC_DEPTH=4\n"
	       "CCPROC_PARENT=t0-x\nCLAUDECODE2=stays\n",
	    NULL, &top,
	    "CLAUDECODE2=stays\nCCPROC_TASK=t7-UUID\nCCPROC_DEPTH=1\n");
	expect("GIT_EDITOR=vi\n", NULL, &top,
	    "GIT_EDITOR=vi\nCCPROC_TASK=t7-UUID\nCCPROC_DEPTH=1\n");
}
END_TEST

START_TEST(what_was_asked_for_wins)
{
	char path[] = "PATH=/mine", id[] = "CLAUDE_CODE_SESSION_ID=given";
	char *extra[] = { path, id, NULL };

	expect("PATHX=1\nPATH=/bin\nA=1\n", extra, &top,
	    "PATHX=1\nA=1\nPATH=/mine\nCLAUDE_CODE_SESSION_ID=given\n"
	    "CCPROC_TASK=t7-UUID\nCCPROC_DEPTH=1\n");
}
END_TEST

/* Each name once: which of two counts differs from program to program. */
START_TEST(who_it_is_cannot_be_set)
{
	char task[] = "CCPROC_TASK=t1-mine", depth[] = "CCPROC_DEPTH=0";
	char *extra[] = { task, depth, NULL };

	expect("", extra, &top, "CCPROC_TASK=t7-UUID\nCCPROC_DEPTH=1\n");
}
END_TEST

START_TEST(children_know_their_parent)
{
	const struct environment_task child = { "t8-U", "t7-U", 2, NULL, NULL };

	expect("", NULL, &child,
	    "CCPROC_TASK=t8-U\nCCPROC_PARENT=t7-U\nCCPROC_DEPTH=2\n");
}
END_TEST

START_TEST(what_is_no_variable_goes)
{
	expect("novalue\n\nA=1\n", NULL, &top,
	    "A=1\nCCPROC_TASK=t7-UUID\nCCPROC_DEPTH=1\n");
}
END_TEST

static void
expect_path(const char *path, const char *home, const char *expected)
{
	char *found = environment_agent_path(path, home, "/opt/cc/bridge");

	ck_assert_str_eq(found, expected);
	free(found);
}

START_TEST(agents_are_found_where_they_are_installed)
{
	const struct environment_task agent = { "t7-U", NULL, 1,
		"/opt/cc/bridge", NULL };

	expect_path("/bin", "/h",
	    "/bin:/opt/cc:/h/.local/bin:/h/.claude/local");
	expect_path("/opt/cc:/h/.local/bin:/opt/ccc", "/h",
	    "/opt/cc:/h/.local/bin:/opt/ccc:/h/.claude/local");
	expect_path(NULL, NULL, "/usr/local/bin:/usr/bin:/bin:/opt/cc");
	expect_path("", "rel", "/usr/local/bin:/usr/bin:/bin:/opt/cc");
	expect("PATH=/bin\nHOME=/h\nA=1\n", NULL, &agent,
	    "HOME=/h\nA=1\nCCPROC_TASK=t7-U\nCCPROC_DEPTH=1\n"
	    "PATH=/bin:/opt/cc:/h/.local/bin:/h/.claude/local\n");
}
END_TEST

START_TEST(a_conversation_stays_where_it_is)
{
	struct environment_task agent = { "t7-U", NULL, 1, "/opt/cc/bridge",
		NULL };
	char **homes;

	expect("PATH=/opt/cc\nHOME=/opt\nCODEX_HOME=/x\nHOMES=1\n", NULL,
	    &agent,
	    "HOME=/opt\nCODEX_HOME=/x\nHOMES=1\nCCPROC_TASK=t7-U\n"
	    "CCPROC_DEPTH=1\n"
	    "PATH=/opt/cc:/opt/.local/bin:/opt/.claude/local\n");
	buf_clear(&out);
	environment_build("HOME=/h\0A=1\0CLAUDE_CONFIG_DIR=/c", 33, NULL,
	    &agent, &out);
	agent.homes = homes = environment_homes(&out);
	ck_assert_uint_eq(strv_len(homes), 2);
	expect("A=2\nHOME=/other\nCODEX_HOME=/x\nPATH=/opt/cc\n", NULL, &agent,
	    "A=2\nCCPROC_TASK=t7-U\nCCPROC_DEPTH=1\nHOME=/h\n"
	    "CLAUDE_CONFIG_DIR=/c\n"
	    "PATH=/opt/cc:/h/.local/bin:/h/.claude/local\n");
	strv_free(homes);
	buf_clear(&out);
	environment_build("HOME=/\xff", 8, NULL, &top, &out);
	ck_assert_ptr_null(environment_homes(&out));
}
END_TEST

UNIT_SUITE
{
	unit_suite("environment", NULL, teardown, the_users_own_passes,
	    what_ties_to_a_session_goes, what_was_asked_for_wins,
	    who_it_is_cannot_be_set, children_know_their_parent,
	    what_is_no_variable_goes, agents_are_found_where_they_are_installed,
	    a_conversation_stays_where_it_is, NULL);
}
