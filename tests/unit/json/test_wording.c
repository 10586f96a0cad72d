/*
 * What an agent wants to do, in words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "json/dialog.h"
#include "json/json.h"
#include "json/wording.h"
#include "tests/unit/unit.h"

static struct wording
asks(const char *tool, const char *input)
{
	struct wording w = { .task = 42, .tool = tool };
	struct error err;

	w.input = json_parse(input, strlen(input), &err);
	ck_assert_ptr_nonnull(w.input);
	return w;
}

static char *
line_of(const char *tool, const char *input, size_t chars)
{
	struct wording w = asks(tool, input);
	struct buf out = { 0 };

	wording_line(&w, chars, &out);
	json_object_put(w.input);
	return buf_steal(&out);
}

static void
expect_line(const char *tool, const char *input, const char *expected)
{
	char *line = line_of(tool, input, 30);

	ck_assert_str_eq(line, expected);
	free(line);
}

START_TEST(in_a_line)
{
	expect_line("Bash", "{\"command\":\"make test\"}",
	    "\"Bash\": make test");
	expect_line("Read", "{\"file_path\":\"/etc/hosts\",\"limit\":5}",
	    "\"Read\": /etc/hosts; limit: 5");
	expect_line("Foo", "{}", "\"Foo\": no arguments");
	/* switches stand first */
	expect_line("Bash",
	    "{\"command\":\"ls\",\"description\":\"Lists\","
	    "\"dangerouslyDisableSandbox\":true,\"run_in_background\":false}",
	    "\"Bash\" [dangerouslyDisableSandbox: true]: ls; description: "
	    "\"Lists\"; run_in_background: false");
	/* nothing is known of what it switches off */
	expect_line("Bash", "{\"command\":\"ls\",\"sandbox\":false}",
	    "\"Bash\" [sandbox: false]: ls");
	/* what a tool of somebody else means by description is not known */
	expect_line("mcp__db__ask",
	    "{\"description\":\"count the users\",\"sql\":\"drop table \\\"x\\\"\","
	    "\"dry\":false}",
	    "\"mcp__db__ask\" [dry: false]: description: \"count the users\"; "
	    "sql: \"drop table \\\"x\\\"\"");
	/* a name is no more than a name, and a value no more than a value */
	expect_line("Bash: make test", "{\"command\":\"rm x\"}",
	    "\"Bash: make test\": rm x");
	expect_line("mcp__a__b", "{\"x: 1; y\":\"1\\\"; z: \\\"2\"}",
	    "\"mcp__a__b\": \"x: 1; y\": \"1\\\"; z: \\\"2\"");
	expect_line("Bash", "{\"command\":\"ls\\u3164\\n\\u202e\"}",
	    "\"Bash\": ls\\u3164\\n\\u202e");
	expect_line("Bash", "{\"command\":\"ls             x\"}",
	    "\"Bash\": ls[13 blanks]x");
	expect_line("Bash",
	    "{\"command\":\"abcdefghijklmnopqrst--------------0123456789\"}",
	    "\"Bash\": abcdefghijklmnopqrst ... 14 characters not shown: "
	    "ccproc asks t42 ... 0123456789");
	expect_line("mcp__a__b",
	    "{\"a\":true,\"b\":true,\"c\":true,\"d\":true,\"e\":true,\"f\":true,"
	    "\"g\":true,\"h\":true,\"i\":\"x\",\"j\":\"y\"}",
	    "\"mcp__a__b\" [a: true; b: true; c: true; d: true; e: true; "
	    "f: true; g: true; h: true]:  [2 arguments not shown: i, j: "
	    "ccproc asks t42]");
	expect_line("AskUserQuestion",
	    "{\"questions\":[{\"question\":\"Which?\",\"options\":["
	    "{\"label\":\"A\"},{\"label\":\"B\"}]}]}",
	    "asks: Which? (A | B)");
}
END_TEST

START_TEST(whole)
{
	struct wording w = asks("Bash",
	    "{\"command\":\"ls\\nrm\\u001b x\",\"timeout\":5}");
	struct buf out = { 0 };

	wording_whole(&w, &out);
	ck_assert_str_eq(out.data,
	    "\"Bash\"\ncommand:\n  > ls\n  > rm\\x1b x\ntimeout: 5");
	buf_clear(&out);
	json_object_put(w.input);
}
END_TEST

/* Returns whether all is there; the texts are the caller's. */
static bool
dialog(const char *tool, const char *input, char **message, char **notice)
{
	struct wording w = asks(tool, input);
	struct buf text = { 0 }, left = { 0 };
	bool all = dialog_add(&w, "fix-login", "/home/ada/x", &text, &left);
	const char *at;
	size_t lines = 1;

	json_object_put(w.input);
	*message = buf_steal(&text);
	*notice = buf_steal(&left);
	for (at = *message; *at != '\0'; at++)
		lines += *at == '\n';
	ck_assert_uint_le(lines, DIALOG_LINES);
	return all;
}

static void
expect_dialog(bool all, const char *tool, const char *input,
    const char *message, const char *notice)
{
	char *text, *left;

	ck_assert_int_eq(dialog(tool, input, &text, &left), all);
	ck_assert_str_eq(text, message);
	ck_assert_str_eq(left, notice);
	free(text);
	free(left);
}

#define ASKS "t42 fix-login asks to use \"Bash\""
#define WHO ASKS " in /home/ada/x:"

START_TEST(dialogs_with_all)
{
	expect_dialog(true, "Bash", "{\"command\":\"make test\"}",
	    ASKS "\nin /home/ada/x:\n> make test", "");
	expect_dialog(true, "Bash",
	    "{\"command\":\"cd a\\nmake\",\"description\":\"Builds\"}",
	    WHO "\n> cd a\n> make\n+ description: \"Builds\"", "");
	expect_dialog(true, "Bash",
	    "{\"command\":\"0123456789012345678901234567890123456789\"}",
	    ASKS
	    "\nin /home/ada/x:\n> 01234567890123456789012345678901\n  23456789",
	    "");
}
END_TEST

START_TEST(dialogs_with_a_part)
{
	expect_dialog(false, "Bash",
	    "{\"command\":\"ls\",\"dangerouslyDisableSandbox\":true}",
	    WHO "\n+ dangerouslyDisableSandbox: true\n> ls", "");
	expect_dialog(false, "Bash", "{\"command\":\"a\\nb\\nc\\nrm -rf x\"}",
	    WHO "\n> a\\nb\\nc\\nrm -rf x", "");
	expect_dialog(false, "Bash", "{\"command\":\"ls\\u3164\"}",
	    WHO "\n> ls\\u3164", "");
	expect_dialog(false, "mcp__db__q",
	    "{\"description\":\"count\",\"sql\":\"drop\"}",
	    "t42 fi... asks to use \"mcp__db__q\" in /home/ada/x:\n"
	    "+ description: \"count\"\n+ sql: \"drop\"",
	    "");
}
END_TEST

/* Where it is done has the lines that are left, if they are enough. */
START_TEST(dialogs_say_where)
{
	struct wording w = { .task = 1,
		.tool = "Bash",
		.input = json_object_new_object() };
	struct buf out = { 0 }, notice = { 0 };
	const struct {
		const char *cwd, *seen;
	} cases[] = {
		{ "/a", "t1 asks to use \"Bash\" in /a:\n> ls" },
		{ "/home/ada/some/where",
		    "t1 asks to use \"Bash\"\nin /home/ada/some/where:\n> ls" },
		{ "/home/ada/some/where/that/is/far/away",
		    "t1 asks to use \"Bash\"\nin /home/ada/some/where/that/is/fa\n"
		    "   r/away:\n> ls" },
		{ "/home/ada/some/where/that/is/far/away/and/again/farther/on/on/on",
		    "t1 asks to use \"Bash\" in /home/ada/some/where/that/is/far/"
		    "away/and/again/farther/on/on/on:\n> ls" },
	};
	size_t i;

	json_add_string(w.input, "command", "ls");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		out.len = notice.len = 0;
		ck_assert(dialog_add(&w, NULL, cases[i].cwd, &out, &notice));
		ck_assert_str_eq(out.data, cases[i].seen);
	}
	json_object_put(w.input);
	buf_clear(&out);
	buf_clear(&notice);
}
END_TEST

/* Whatever is asked, a dialog with all of it has all in sight. */
START_TEST(all_is_in_sight)
{
	char command[260], input[400], *text, *left, *line;
	size_t n;
	bool all;

	for (n = 1; n < 250; n++) {
		memset(command, 'x', n);
		command[n] = '\0';
		snprintf(input, sizeof(input), "{\"command\":\"%s\"}", command);
		all = dialog("Bash", input, &text, &left);
		ck_assert_int_eq(all, n <= 3 * (DIALOG_COLUMNS - 2));
		line = strchr(text, '\n') + 1;
		for (; all && line != NULL && *line != '\0';
		     line += strcspn(line, "\n") + 1) {
			ck_assert_uint_le(strcspn(line, "\n"), DIALOG_COLUMNS);
			if (line[strcspn(line, "\n")] == '\0')
				break;
		}
		/* the beginning and the end of it overlap, or there is a gap */
		ck_assert_int_eq(n > 102, strstr(text, "not shown") != NULL);
		free(text);
		free(left);
	}
}
END_TEST

UNIT_SUITE
{
	unit_suite("wording", NULL, NULL, in_a_line, whole, dialogs_with_all,
	    dialogs_with_a_part, dialogs_say_where, all_is_in_sight, NULL);
}
