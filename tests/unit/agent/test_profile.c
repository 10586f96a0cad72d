/*
 * Profiles of agents: their command lines, and what is read of their output.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/agent/profile.h"
#include "daemon/agent/result.h"
#include "tests/unit/unit.h"

/* Nothing writes to the strings of a profile. */
#define S(s) ((char[]){ s })
#define V(...) ((char **)(void *)(const char *[]){ __VA_ARGS__, NULL })

static struct error err;

static void
expect_words(char **command, const struct agent_values *values,
    const char *expected)
{
	struct agent_profile p = { .name = S("x"), .command = command };
	char **argv = agent_profile_argv(&p, values, false, &err);
	struct buf all = { 0 };
	size_t i;

	ck_assert_ptr_nonnull(argv);
	for (i = 0; argv[i] != NULL; i++)
		buf_printf(&all, "%s%s", i == 0 ? "" : "|", argv[i]);
	ck_assert_str_eq(all.data, expected);
	buf_clear(&all);
	strv_free(argv);
}

START_TEST(words)
{
	struct agent_values bare = { .session = "id-1", .cwd = "/w" };
	struct agent_values full = { .session = "id-1",
		.cwd = "/w",
		.model = "m{cwd}" };

	expect_words(V("a", "-m", "{model}", "-"), &full, "a|-m|m{cwd}|-");
	expect_words(V("a", "-m", "{model}", "-"), &bare, "a|-");
	expect_words(V("a", "-j", "-m={model}", "-"), &bare, "a|-j|-");
	expect_words(V("a", "-j", "x{model}", "y"), &bare, "a|-j|y");
	expect_words(V("a", "run", "{model}", "y"), &bare, "a|run|y");
	expect_words(V("a", "-x={model}", "{model}", "y"), &bare, "a|y");
	expect_words(V("a", "-b", "-x={model}", "{model}"), &bare, "a|-b");
	expect_words(V("a", "{session}:{cwd}:{model}{"), &full,
	    "a|id-1:/w:m{cwd}{");
	expect_words(V("a", "{other}", "{\"b\":{}}"), &bare,
	    "a|{other}|{\"b\":{}}");
}
END_TEST

/* Also of a file that somebody has changed. */
START_TEST(no_option_for_a_model)
{
	static const char *const models[] = { "-x", "--yolo", "", "{prompt}",
		"a{prompt}" };
	struct agent_profile p = { .name = S("x"),
		.command = V("a", "{model}") };
	struct agent_values values = { .session = "s", .cwd = "/w" };
	size_t i;

	for (i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		values.model = models[i];
		error_clear(&err);
		ck_assert_ptr_null(agent_profile_argv(&p, &values, false,
		    &err));
		ck_assert_ptr_nonnull(strstr(err.text, "the name of a model"));
	}
}
END_TEST

START_TEST(going_on)
{
	struct agent_profile p = { .name = S("x"), .command = V("a") };
	struct agent_values values = { .session = "s", .cwd = "/w" };
	char **argv;

	ck_assert_ptr_null(agent_profile_argv(&p, &values, true, &err));
	ck_assert_str_eq(err.text,
	    "agents.x in the configuration has no resume, so its "
	    "conversations cannot go on");
	p.resume = V("a", "resume", "{session}");
	argv = agent_profile_argv(&p, &values, true, &err);
	ck_assert_str_eq(argv[2], "s");
	ck_assert_ptr_null(argv[3]);
	strv_free(argv);
	p.prompt = PROFILE_ARGUMENT;
	unit_write("prompt-argument.sh", "");
	setenv("CCPROC_LIBEXEC", unit_dir(), 1);
	ck_assert_ptr_null(agent_profile_argv(&p, &values, true, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "prompt-argument.sh; install"));
	ck_assert_int_eq(chmod(unit_path("prompt-argument.sh"), 0700), 0);
	argv = agent_profile_argv(&p, &values, true, &err);
	ck_assert_str_eq(argv[0], unit_path("prompt-argument.sh"));
	ck_assert_str_eq(argv[1], "a");
	ck_assert_uint_eq(strv_len(argv), 4);
	strv_free(argv);
}
END_TEST

static struct agent_result *
result_of(const struct agent_profile *p, const char *text)
{
	struct agent_result *result;
	int dirfd;

	unit_write("stdout", text);
	dirfd = open(unit_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ne(dirfd, -1);
	result = agent_profile_result(p, dirfd);
	close(dirfd);
	return result;
}

/* Text NULL: nothing was found. */
static void
expect_lines(const char *output, const char *text, bool is_error)
{
	struct agent_profile p = { .name = S("x"),
		.output = PROFILE_JSONL,
		.text_key = S("item.text"),
		.text_if = S("item.type=a=b"),
		.session_key = S("id"),
		.cost_key = S("usage.cost"),
		.error_key = S("error") };
	struct agent_result *result = result_of(&p, output);

	ck_assert_int_eq(result->found, text != NULL);
	if (text != NULL)
		ck_assert_str_eq(result->text, text);
	ck_assert_int_eq(result->is_error, is_error);
	agent_result_free(result);
}

#define ANSWER(text) "{\"item\":{\"type\":\"a=b\",\"text\":" text "}}\n"

START_TEST(lines)
{
	expect_lines("", NULL, false);
	expect_lines("\n\n{}\n[]\n7\nnull\n{\"item\":3}\n", NULL, false);
	expect_lines(ANSWER("\"one\"") ANSWER("\"two\""), "two", false);
	expect_lines(ANSWER("\"one\"") "{\"item\":{\"text\":\"two\"}}\n", "one",
	    false);
	expect_lines("noise\n" ANSWER("{\"a\": [1]}"), "{\"a\":[1]}", false);
	expect_lines(ANSWER("\"one\"") "{\"error\":\"bad\"}", "bad", true);
	expect_lines("{\"error\":\"bad\"}\n" ANSWER("\"one\""), "one", false);
	expect_lines(ANSWER("\"one\"") "{\"item\":{\"type\":\"a=b\",\"te",
	    "one", false);
}
END_TEST

static void
expect_joined(const char *output, const char *text, bool is_error)
{
	struct agent_profile p = { .name = S("x"),
		.output = PROFILE_JSONL,
		.text_key = S("content"),
		.text_if = S("role=assistant"),
		.text_join = 1,
		.error_key = S("error") };
	struct agent_result *result = result_of(&p, output);

	ck_assert_str_eq(result->text, text);
	ck_assert_int_eq(result->is_error, is_error);
	agent_result_free(result);
}

#define PART(text) "{\"role\":\"assistant\",\"content\":\"" text "\"}\n"

START_TEST(parts)
{
	expect_joined(PART("one ") PART("two") "{\"stats\":{}}\n", "one two",
	    false);
	expect_joined(PART("one ") "noise\n" PART("two"), "one two", false);
	expect_joined(PART("I look.") "{\"tool\":\"x\"}\n" PART("Two ")
			  PART("files."),
	    "Two files.", false);
	expect_joined(PART("one") "{\"error\":\"bad\"}\n", "bad", true);
}
END_TEST

START_TEST(figures)
{
	struct agent_profile p = { .name = S("x"),
		.output = PROFILE_JSONL,
		.text_key = S("t"),
		.session_key = S("id"),
		.cost_key = S("usage.cost") };
	struct agent_result *result = result_of(&p,
	    "{\"id\":\"s1\"}\n{\"usage\":{\"cost\":1}}\n{\"usage\":7}\n"
	    "{\"usage\":{\"cost\":\"2\"}}\n{\"t\":\"x\"}\n");

	ck_assert_str_eq(result->session_id, "s1");
	ck_assert(result->cost_usd == 1);
	agent_result_free(result);
	result = result_of(&p,
	    "{\"usage\":{\"cost\":1}}\n{\"usage\":{\"cost\":1e400}}\n"
	    "{\"usage\":{\"cost\":-1}}\n{\"usage\":{\"cost\":2e6}}\n");
	ck_assert_double_eq(result->cost_usd, 1);
	agent_result_free(result);
	p.session_key = p.cost_key = NULL;
	result = result_of(&p, "{\"id\":\"s1\",\"usage\":{\"cost\":1}}\n");
	ck_assert_ptr_null(result->session_id);
	ck_assert(result->cost_usd == -1);
	agent_result_free(result);
}
END_TEST

/* The id stands at the beginning, the answer at the end. */
START_TEST(large)
{
	struct agent_profile p = { .name = S("x"),
		.output = PROFILE_JSONL,
		.text_key = S("t"),
		.session_key = S("id") };
	struct agent_result *result;
	struct buf text = { 0 };

	buf_puts(&text, "{\"id\":\"s1\"}\n");
	while (text.len < (20u << 20))
		buf_puts(&text, "{\"t\":\"on the way, as it was before\"}\n");
	buf_puts(&text, "{\"t\":\"the end\"}\n");
	result = result_of(&p, text.data);
	ck_assert_str_eq(result->session_id, "s1");
	ck_assert_str_eq(result->text, "the end");
	agent_result_free(result);
	buf_clear(&text);
}
END_TEST

START_TEST(plain)
{
	struct agent_profile p = { .name = S("x") };
	struct agent_result *result = result_of(&p, "a\nb \n\n");

	ck_assert(result->found && !result->is_error);
	ck_assert_str_eq(result->text, "a\nb");
	agent_result_free(result);
	result = result_of(NULL, " \n");
	ck_assert(result->found);
	ck_assert_ptr_null(result->text);
	agent_result_free(result);
}
END_TEST

UNIT_SUITE
{
	unit_suite("profile", NULL, unit_cleanup, words, no_option_for_a_model,
	    going_on, lines, parts, figures, large, plain, NULL);
}
