/*
 * Options.  See options.h.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "common/error.h"
#include "common/mem.h"
#include "json/duration.h"

/* getopt's values for options: row n is FIRST + n, beyond any letter. */
#define FIRST 256
#define HELP 'h'

static size_t
count(const struct option_row *rows)
{
	size_t n = 0;

	while (rows[n].kind != OPTION_END)
		n++;
	return n;
}

static struct option *
long_options(const struct option_row *rows, size_t n)
{
	struct option *table = xcalloc(n + 2, sizeof(*table));
	size_t i;

	for (i = 0; i < n; i++) {
		table[i].name = rows[i].name;
		table[i].has_arg = rows[i].value == NULL ? no_argument :
							   required_argument;
		table[i].val = FIRST + (int)i;
	}
	table[n].name = "help";
	table[n].val = HELP;
	return table;
}

static char *
short_options(const struct option_row *rows, size_t n, bool words_end)
{
	struct buf text = { 0 };
	size_t i;

	buf_puts(&text, words_end ? "+:h" : ":h");
	for (i = 0; i < n; i++)
		if (rows[i].letter != 0)
			buf_printf(&text, "%c%s", rows[i].letter,
			    rows[i].value == NULL ? "" : ":");
	return buf_steal(&text);
}

static const struct option_row *
find(const struct option_row *rows, size_t n, int value)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (value == FIRST + (int)i ||
		    (rows[i].letter != 0 && value == rows[i].letter))
			return &rows[i];
	return NULL;
}

static int
take_number(const struct option_row *row, const char *text, int64_t *out,
    struct error *err)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < row->min ||
	    n > row->max) {
		fail(err, ERR_INVALID,
		    "--%s: expected a whole number from %" PRId64 " to %" PRId64
		    ", got '%.60s'",
		    row->name, row->min, row->max, text);
		return -1;
	}
	*out = n;
	return 0;
}

static int
take_duration(const struct option_row *row, const char *text, int64_t *out,
    struct error *err)
{
	int64_t ms;

	if (!duration_parse(text, &ms) || ms < row->min * 1000 ||
	    ms > row->max * 1000) {
		fail(err, ERR_INVALID,
		    "--%s: expected " DURATION_FORMS ", from %" PRId64
		    " to %" PRId64 " seconds, got '%.60s'",
		    row->name, row->min, row->max, text);
		return -1;
	}
	*out = (ms + row->unit_ms - 1) / row->unit_ms;
	return 0;
}

static int
take(const struct option_row *row, void *out, struct error *err)
{
	void *at = (char *)out + row->offset;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)at = true;
		break;
	case OPTION_TEXT:
		*(const char **)at = optarg;
		break;
	case OPTION_LIST:
		*(char ***)at = strv_add(*(char ***)at, optarg);
		break;
	case OPTION_NUMBER:
		return take_number(row, optarg, at, err);
	case OPTION_DURATION:
		return take_duration(row, optarg, at, err);
	case OPTION_END:
		break;
	}
	return 0;
}

/* Says what getopt found wrong; the word it looked at is in argv. */
static void
explain(int c, const struct option_row *rows, size_t n, char **argv,
    struct error *err)
{
	const struct option_row *row = find(rows, n, optopt);

	if (c == ':' && row != NULL)
		fail(err, ERR_INVALID, "--%s needs a value: %s", row->name,
		    row->value);
	else if (row != NULL || optopt == HELP)
		fail(err, ERR_INVALID, "--%s takes no value",
		    row != NULL ? row->name : "help");
	else if (optopt != 0)
		fail(err, ERR_INVALID, "unknown option -%c", optopt);
	else
		fail(err, ERR_INVALID, "unknown option %.60s",
		    argv[optind - 1]);
}

static int
read_all(const struct option_row *rows, int argc, char **argv,
    const char *letters, const struct option *names, void *out,
    struct error *err)
{
	size_t n = count(rows);
	int c;

	opterr = 0;
	optind = 0; /* glibc and musl begin anew */
	while ((c = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (c == HELP)
			return 0;
		if (c == '?' || c == ':') {
			explain(c, rows, n, argv, err);
			return -1;
		}
		if (take(find(rows, n, c), out, err) != 0)
			return -1;
	}
	return optind;
}

int
options_read(const struct option_row *rows, int argc, char **argv,
    bool words_end_options, void *out, struct error *err)
{
	size_t n = count(rows);
	struct option *names = long_options(rows, n);
	char *letters = short_options(rows, n, words_end_options);
	int result;

	result = read_all(rows, argc, argv, letters, names, out, err);
	free(letters);
	free(names);
	return result;
}

void
options_clear(const struct option_row *rows, void *out)
{
	char ***list;

	for (; rows->kind != OPTION_END; rows++)
		if (rows->kind == OPTION_LIST) {
			list = (char ***)((char *)out + rows->offset);
			strv_free(*list);
			*list = NULL;
		}
}

void
options_help(const struct option_row *rows, FILE *file)
{
	struct buf left = { 0 };

	for (; rows->kind != OPTION_END; rows++) {
		if (rows->letter != 0)
			buf_printf(&left, "-%c, --%s", rows->letter,
			    rows->name);
		else
			buf_printf(&left, "    --%s", rows->name);
		if (rows->value != NULL)
			buf_printf(&left, " %s", rows->value);
		fprintf(file, "  %-28s %s\n", left.data, rows->help);
		left.len = 0;
	}
	fprintf(file, "  %-28s %s\n", "-h, --help", "this text");
	buf_clear(&left);
}
