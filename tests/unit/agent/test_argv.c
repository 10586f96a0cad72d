/*
 * The command line of an agent run.
 */
#include <stdlib.h>

#include <check.h>

#include "common/mem.h"
#include "daemon/agent/argv.h"
#include "tests/unit/unit.h"

#define SESSION "11111111-2222-4333-8444-555555555555"

/* The arguments that every run of an agent begins with. */
#define ALWAYS \
	"-p", "--output-format=stream-json", "--verbose", \
	    "--session-id=" SESSION

/* Nothing writes to the strings. */
#define V(...) ((char **)(void *)(const char *[]){ __VA_ARGS__, NULL })
#define CLAUDE V("claude")

static void
expect(char *const *command, const struct agent_run *asked,
    char *const *expected)
{
	struct agent_run run = *asked;
	char **argv;
	size_t i;

	run.id = SESSION;
	argv = agent_argv(command, &run, NULL);
	for (i = 0; argv[i] != NULL && expected[i] != NULL; i++)
		ck_assert_str_eq(argv[i], expected[i]);
	ck_assert_ptr_null(argv[i]);
	ck_assert_ptr_null(expected[i]);
	strv_free(argv);
}

START_TEST(only_a_prompt)
{
	struct agent_run run = { 0 };

	expect(CLAUDE, &run, V("claude", ALWAYS));
}
END_TEST

START_TEST(a_command_of_several_words)
{
	struct agent_run run = { 0 };

	expect(V("nice", "-n", "5", "claude"), &run,
	    V("nice", "-n", "5", "claude", ALWAYS));
}
END_TEST

START_TEST(every_permission_mode)
{
	static const struct {
		enum permission_mode mode;
		const char *word;
	} modes[] = {
		{ PERMISSION_ASK, "--permission-mode=default" },
		{ PERMISSION_PLAN, "--permission-mode=plan" },
		{ PERMISSION_ACCEPT_EDITS, "--permission-mode=acceptEdits" },
		{ PERMISSION_AUTO, "--permission-mode=auto" },
		{ PERMISSION_DONT_ASK, "--permission-mode=dontAsk" },
		{ PERMISSION_BYPASS, "--permission-mode=bypassPermissions" },
	};
	struct agent_run run = { 0 };
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		run.permission_mode = modes[i].mode;
		expect(CLAUDE, &run, V("claude", ALWAYS, modes[i].word));
	}
}
END_TEST

/* One word each; whoever asks is told by its own environment whom. */
START_TEST(who_asks)
{
	static const struct agent_asker asker = { .bridge = "/b/ccproc-bridge",
		.task = "t7-x",
		.socket = "/s/sock",
		.state = "/st" };
	struct agent_run run = { .id = SESSION,
		.permission_mode = PERMISSION_ASK };
	char **argv = agent_argv(CLAUDE, &run, &asker);

	ck_assert_uint_eq(strv_len(argv), 8);
	ck_assert_str_eq(argv[5], "--permission-mode=default");
	ck_assert_str_eq(argv[6],
	    "--permission-prompt-tool=mcp__ccproc-ask__permission");
	ck_assert_str_eq(argv[7],
	    "--mcp-config={\"mcpServers\":{\"ccproc-ask\":{"
	    "\"command\":\"/b/ccproc-bridge\","
	    "\"args\":[\"--ask\",\"t7-x\"],"
	    "\"env\":{\"CCPROC_SOCKET\":\"/s/sock\","
	    "\"CCPROC_STATE_DIR\":\"/st\",\"CCPROC_TASK\":\"t7-x\"},"
	    "\"timeout\":100000000}}}");
	strv_free(argv);
	run.permission_mode = PERMISSION_PLAN;
	argv = agent_argv(CLAUDE, &run, &asker);
	ck_assert_uint_eq(strv_len(argv), 6);
	strv_free(argv);
}
END_TEST

START_TEST(every_option)
{
	struct agent_run run = {
		.model = "sonnet",
		.allowed_tools = V("Bash(git log:*)", "Bash(echo a, b)"),
		.effort = "high",
		.max_turns = 12,
		.max_budget_usd = 0.25,
		.json_schema = "{\"type\":\"object\"}",
		.append_system_prompt_file = "/state/system-prompt",
		.agent = "reviewer",
		.disallowed_tools = V("WebFetch", "Bash(rm:*)"),
		.add_dirs = V("/srv/a b", "/srv/c,d"),
	};

	expect(CLAUDE, &run,
	    V("claude", ALWAYS, "--model=sonnet",
		"--allowedTools=Bash(git log:*)",
		"--allowedTools=Bash(echo a, b)", "--effort=high",
		"--max-turns=12", "--max-budget-usd=0.25",
		"--json-schema={\"type\":\"object\"}",
		"--append-system-prompt-file=/state/system-prompt",
		"--agent=reviewer", "--disallowedTools=WebFetch",
		"--disallowedTools=Bash(rm:*)", "--add-dir=/srv/a b",
		"--add-dir=/srv/c,d"));
}
END_TEST

START_TEST(numbers_as_claude_reads_them)
{
	struct agent_run run = { 0 };

	run.max_turns = INT64_MAX;
	run.max_budget_usd = 1000000;
	expect(CLAUDE, &run,
	    V("claude", ALWAYS, "--max-turns=9223372036854775807",
		"--max-budget-usd=1000000"));
	run.max_turns = 0;
	run.max_budget_usd = 0.0001;
	expect(CLAUDE, &run, V("claude", ALWAYS, "--max-budget-usd=0.0001"));
}
END_TEST

UNIT_SUITE
{
	unit_suite("argv", NULL, NULL, only_a_prompt,
	    a_command_of_several_words, every_permission_mode, who_asks,
	    every_option, numbers_as_claude_reads_them, NULL);
}
