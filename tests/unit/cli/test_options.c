/*
 * Reading options by their table.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "common/error.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

struct sample {
	bool flag;
	const char *text;
	char **list;
	int64_t number;
	int64_t seconds, ms;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct sample, flag, .letter = 'f', .name = "flag",
	    .help = "a flag"),
	OPTION_TEXT(struct sample, text, .letter = 't', .name = "text",
	    .value = "TEXT", .help = "a text"),
	OPTION_LIST(struct sample, list, .name = "list", .value = "ITEM",
	    .help = "a list"),
	OPTION_NUMBER(struct sample, number, .letter = 'n', .name = "number",
	    .value = "N", .min = -5, .max = 10, .help = "a number"),
	OPTION_SECONDS(struct sample, seconds, .name = "seconds",
	    .value = "DURATION", .max = 3600, .help = "a time"),
	OPTION_MS(struct sample, ms, .name = "ms", .value = "DURATION",
	    .min = 1, .max = 60, .help = "an exact time"),
	END_OF_OPTIONS,
};

static struct sample sample;
static struct error err;
static char **args;

/* Reads a line of words with one space between. */
static int
reads(const char *line, bool words_end_options)
{
	char *copy = xasprintf("verb %s", line), *word, *save;

	strv_free(args);
	args = NULL;
	for (word = strtok_r(copy, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save))
		args = strv_add(args, word);
	free(copy);
	options_clear(rows, &sample);
	memset(&sample, 0, sizeof(sample));
	return options_read(rows, (int)strv_len(args), args, words_end_options,
	    &sample, &err);
}

static void
teardown(void)
{
	options_clear(rows, &sample);
	strv_free(args);
}

START_TEST(all_kinds)
{
	ck_assert_int_eq(reads("-f -t x --list a --list=b -n7 word", false), 8);
	ck_assert(sample.flag);
	ck_assert_str_eq(sample.text, "x");
	ck_assert_uint_eq(strv_len(sample.list), 2);
	ck_assert_str_eq(sample.list[1], "b");
	ck_assert_int_eq(sample.number, 7);
	ck_assert_str_eq(args[8], "word");
	ck_assert_int_eq(reads("--text=y --number -5", false), 4);
	ck_assert_str_eq(sample.text, "y");
	ck_assert_int_eq(sample.number, -5);
	ck_assert(!sample.flag);
}
END_TEST

START_TEST(durations)
{
	ck_assert_int_ne(reads("--seconds 10m --ms=1.25", false), -1);
	ck_assert_int_eq(sample.seconds, 600);
	ck_assert_int_eq(sample.ms, 1250);
	ck_assert_int_ne(reads("--seconds 0.2", false), -1);
	ck_assert_int_eq(sample.seconds, 1);
	ck_assert_int_eq(reads("--seconds 2h", false), -1);
	ck_assert_str_eq(err.text,
	    "--seconds: expected a duration such as 90, 10m, 2h or 1.5d, from "
	    "0 to 3600 seconds, got '2h'");
	ck_assert_int_eq(reads("--ms 0.5", false), -1);
	ck_assert_int_eq(reads("--ms x", false), -1);
}
END_TEST

START_TEST(words)
{
	ck_assert_int_eq(reads("one -f two", false), 2);
	ck_assert(sample.flag);
	ck_assert_str_eq(args[2], "one");
	ck_assert_int_eq(reads("one -f two", true), 1);
	ck_assert(!sample.flag);
	ck_assert_int_eq(reads("-f -- -t", true), 3);
	ck_assert_str_eq(args[3], "-t");
	ck_assert_int_eq(reads("-", false), 1);
}
END_TEST

START_TEST(help)
{
	ck_assert_int_eq(reads("--help", false), 0);
	ck_assert_int_eq(reads("-f -h", false), 0);
	ck_assert_int_eq(reads("word --help", true), 1);
}
END_TEST

static void
refuses(const char *line, const char *why)
{
	ck_assert_int_eq(reads(line, false), -1);
	ck_assert_str_eq(err.text, why);
}

START_TEST(refusals)
{
	refuses("--other", "unknown option --other");
	refuses("-x", "unknown option -x");
	refuses("-fx", "unknown option -x");
	refuses("--text", "--text needs a value: TEXT");
	refuses("-t", "--text needs a value: TEXT");
	refuses("--flag=1", "--flag takes no value");
	refuses("--help=1", "--help takes no value");
	refuses("-n 11",
	    "--number: expected a whole number from -5 to 10, "
	    "got '11'");
	refuses("-n 1x",
	    "--number: expected a whole number from -5 to 10, "
	    "got '1x'");
	refuses("--number=",
	    "--number: expected a whole number from -5 to "
	    "10, got ''");
	refuses("-n 99999999999999999999",
	    "--number: expected a whole number from -5 to 10, got "
	    "'99999999999999999999'");
}
END_TEST

UNIT_SUITE
{
	unit_suite("options", NULL, teardown, all_kinds, durations, words, help,
	    refusals, NULL);
}
