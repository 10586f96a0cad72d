/*
 * The configuration: defaults, comments, and what is said of mistakes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/agent/profile.h"
#include "daemon/config.h"
#include "daemon/record/spec.h"
#include "tests/unit/unit.h"

static struct error err;

static int
load(const char *text)
{
	unit_write("config.json", text);
	return config_load(unit_path("config.json"), &err);
}

static void
teardown(void)
{
	ck_assert_int_eq(config_load("/nowhere/at/all", &err), 0);
	unit_cleanup();
}

static void
expect_defaults(void)
{
	const struct config *config = config_get();

	ck_assert_int_eq(config->agents.max_running, 4);
	ck_assert_int_eq(config->commands.max_running, 16);
	ck_assert_int_eq(config->after_reboot, AFTER_REBOOT_START);
	ck_assert_int_eq(config->agents.claude.permission_mode, PERMISSION_ASK);
	ck_assert_int_eq(config->agents.claude.timeout_s, 14400);
	ck_assert_str_eq(config_claude_command()[0], "claude");
	ck_assert_ptr_null(config_claude_command()[1]);
}

START_TEST(no_file)
{
	ck_assert_int_eq(config_load("/nowhere/at/all", &err), 0);
	expect_defaults();
	ck_assert_int_eq(load(""), 0);
	expect_defaults();
	ck_assert_int_eq(load("{}\n"), 0);
	expect_defaults();
}
END_TEST

static int mended;

static void
count_mended(void)
{
	mended++;
}

START_TEST(a_mended_file_is_read_again)
{
	config_on_mended(count_mended);
	mended = 0;
	ck_assert_int_eq(config_check(&err), 0);
	ck_assert_int_eq(load("{\"commands\":{\"max_running\":0}}"), -1);
	expect_defaults();
	ck_assert_int_eq(config_check(&err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "config.json: commands."));
	unit_write("config.json", "{");
	ck_assert_int_eq(config_check(&err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "line 1"));
	ck_assert_int_eq(mended, 0);
	unit_write("config.json", "{\"commands\":{\"max_running\":5}}");
	ck_assert_int_eq(config_check(&err), 0);
	ck_assert_int_eq(mended, 1);
	ck_assert_int_eq(config_get()->commands.max_running, 5);
	ck_assert_int_eq(load("["), -1);
	unlink(unit_path("config.json"));
	ck_assert_int_eq(config_check(&err), 0);
	ck_assert_int_eq(mended, 2);
	config_on_mended(NULL);
}
END_TEST

START_TEST(profiles)
{
	const struct agent_profile *p;
	struct buf names = { 0 };

	ck_assert_msg(load("{\"agents\":{\"a\":{\"command\":[\"x\",\"-\"]},"
			   "\"b\":{\"command\":[\"y\"],\"stop_signal\":"
			   "\"INT\"}}}") == 0,
	    "%s", err.text);
	p = config_profile("b");
	ck_assert_str_eq(p->command[0], "y");
	ck_assert_int_eq(p->stop_signal, PROFILE_INT);
	ck_assert_int_eq(p->prompt, PROFILE_STDIN);
	ck_assert_ptr_null(config_profile("claude"));
	config_list_profiles(&names);
	ck_assert_str_eq(names.data, "claude, a, b");
	buf_clear(&names);
}
END_TEST

/* Expects this problem after the path of the file. */
static void
expect_profile_problem(const char *profile, const char *problem)
{
	char *text = xasprintf("{\"agents\":{\"x\":%s}}", profile);

	ck_assert_int_eq(load(text), -1);
	ck_assert_str_eq(strstr(err.text, ".json: ") + 7, problem);
	free(text);
}

START_TEST(mistakes_in_profiles)
{
	expect_profile_problem("{}",
	    "agents.x.command: is required, the program and its arguments");
	expect_profile_problem("{\"command\":[\"a\",\"{prompt}\"]}",
	    "agents.x.command: has {prompt}, which goes with prompt "
	    "\"argument\"");
	expect_profile_problem("{\"command\":[\"a\"],\"prompt\":\"argument\"}",
	    "agents.x.command: with prompt \"argument\" one of its words must "
	    "have {prompt}");
	expect_profile_problem("{\"command\":[\"a\"],\"resume\":[\"a\"]}",
	    "agents.x.resume: one of its words must have {session}");
	expect_profile_problem("{\"command\":[\"a\"],\"output\":\"jsonl\"}",
	    "agents.x.text_key: is required with output \"jsonl\"");
	expect_profile_problem("{\"command\":[\"a\"],\"cost_key\":\"c\"}",
	    "agents.x: keys of its lines go with output \"jsonl\"");
	expect_profile_problem("{\"command\":[\"a\"],\"output\":\"jsonl\","
			       "\"text_key\":\"t\",\"text_if\":\"yes\"}",
	    "agents.x.text_if: expected a member and its value, such as "
	    "type=answer, got \"yes\"");
}
END_TEST

START_TEST(values_and_comments)
{
	ck_assert_msg(
	    load("/* mine */\n{ // agents\n\"agents\": {\"max_running\": 2,\n"
		 "\"claude\": {\"command\": [\"nice\", \"claude\"],\n"
		 "\"permission_mode\": \"plan\", \"timeout_s\": 0}},\n"
		 "\"commands\": {\"max_running\": 1}}\n// end\n") == 0,
	    "%s", err.text);
	ck_assert_int_eq(config_get()->agents.max_running, 2);
	ck_assert_int_eq(config_get()->commands.max_running, 1);
	ck_assert_int_eq(config_get()->agents.claude.timeout_s, 0);
	ck_assert_int_eq(config_get()->agents.claude.permission_mode,
	    PERMISSION_PLAN);
	ck_assert_str_eq(config_claude_command()[0], "nice");
	ck_assert_str_eq(config_claude_command()[1], "claude");
	ck_assert_int_eq(
	    load("{\"agents\":{\"claude\":{\"command\":\"/opt/claude\"}}}"), 0);
	ck_assert_str_eq(config_claude_command()[0], "/opt/claude");
	ck_assert_ptr_null(config_claude_command()[1]);
}
END_TEST

/* Refuses text; the complaint is about part. */
static void
refused(const char *text, const char *part)
{
	char *start = xasprintf("configuration %s: ", unit_path("config.json"));

	ck_assert_msg(load(text) == -1, "%s", text);
	ck_assert_int_eq(strncmp(err.text, start, strlen(start)), 0);
	ck_assert_msg(strstr(err.text, part) != NULL, "'%s' not in '%s'", part,
	    err.text);
	free(start);
}

START_TEST(mistakes)
{
	refused("{\n\"agents\": {\n]}", "line 3: ");
	refused("[]", "expected an object, got array");
	refused("null", "expected an object, got null");
	refused("{\"agent\":{}}",
	    "agent: is not known here; known are after_reboot, agents, commands");
	refused(
	    "{\"agents\":{\"max_running\":0,\"claude\":{\"timeout_s\":-1}}}",
	    "agents.max_running: 0 is out of range, allowed are 1 to 1000; "
	    "agents.claude.timeout_s: -1 is out of range, allowed are 0 to "
	    "604800");
	refused("{\"agents\":{\"claude\":{\"permission_mode\":\"x\"}}}",
	    "agents.claude.permission_mode: expected one of ask, plan, "
	    "acceptEdits, auto, dontAsk, bypassPermissions; got \"x\"");
	refused("{\"hooks\":{\"on_finish\":[\"a\"],\"on_ready\":\"b\"}}",
	    "hooks.on_finish: expected a string, got array");
	refused("{\"hooks\":\"notify-send\"}",
	    "hooks: expected an object, got string");
	refused("{\"hooks\":{\"timeout_s\":0,\"only\":{\"failed\":\"yes\","
		"\"labels\":[1]}}}",
	    "hooks.timeout_s: 0 is out of range, allowed are 1 to 3600; "
	    "hooks.only.failed: expected true or false, got string; "
	    "hooks.only.labels");
}
END_TEST

START_TEST(hooks)
{
	const struct config_hooks *h = &config_get()->hooks;

	ck_assert_int_eq(load("{}"), 0);
	ck_assert_ptr_null(h->on_finish);
	ck_assert_int_eq(h->timeout_s, 60);
	ck_assert_int_eq(
	    load("{\"hooks\":{\"on_finish\":\"a b\",\"only\":{"
		 "\"longer_than_s\":\"5m\",\"labels\":[\"x*\"]}}}"),
	    0);
	ck_assert_str_eq(h->on_finish, "a b");
	ck_assert_int_eq(h->only.longer_than_s, 300);
	ck_assert_str_eq(h->only.labels[0], "x*");
}
END_TEST

START_TEST(nothing_behind_the_object)
{
	refused("{} {\"agents\":{\"max_running\":2}}", "line 1: ");
	refused("{}\n}", "line 2: ");
}
END_TEST

START_TEST(a_mistake_changes_nothing)
{
	ck_assert_int_eq(load("{\"after_reboot\":\"hold\"}"), 0);
	ck_assert_int_eq(config_get()->after_reboot, AFTER_REBOOT_HOLD);
	ck_assert_int_eq(load("{\"agents\":{\"max_running\":7}}"), 0);
	refused("{\"agents\":{\"max_running\":8,\"x\":1}}", "agents.x");
	ck_assert_int_eq(config_get()->agents.max_running, 7);
}
END_TEST

START_TEST(what_is_no_file)
{
	ck_assert_int_eq(mkdir(unit_path("dir"), 0700), 0);
	ck_assert_int_eq(config_load(unit_path("dir"), &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "Is a directory"));
}
END_TEST

START_TEST(too_long)
{
	size_t len = (1 << 20) + 10;
	char *text = xcalloc(1, len + 1);

	memset(text, ' ', len);
	memcpy(text, "{}", 2);
	refused(text, "is longer than 1048576 bytes");
	free(text);
}
END_TEST

START_TEST(described)
{
	struct buf out = { 0 };

	ck_assert_int_eq(load("{\"commands\":{\"max_running\":3}}"), 0);
	config_describe(&out);
	ck_assert_ptr_nonnull(strstr(out.data, "commands.max_running"));
	ck_assert_ptr_nonnull(strstr(out.data, "agents.claude.timeout_s"));
	buf_clear(&out);
}
END_TEST

UNIT_SUITE
{
	unit_suite("config", NULL, teardown, no_file, values_and_comments,
	    profiles, mistakes_in_profiles, hooks, mistakes,
	    nothing_behind_the_object, a_mistake_changes_nothing,
	    a_mended_file_is_read_again, what_is_no_file, too_long, described,
	    NULL);
}
