/*
 * Searching output.  See search.h.  Patterns come from models, so those that
 * could take for ever are refused: back references and large repetitions.
 */
#include <ctype.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "daemon/view/clean.h"
#include "daemon/view/output.h"
#include "daemon/view/search.h"

#define PATTERN_MAX_BYTES 1000
/* The product of all {m,n}: regcomp(3) unrolls them. */
#define REPEAT_MAX 1000
/* Bytes of a line that are matched. */
#define LINE_MATCH_BYTES 2048
/* The most time for matching; the answer says how far it came. */
#define BUDGET_MS 200

struct lines {
	const char *text;
	size_t *starts; /* n + 1 of them */
	size_t n;
};

static const char *
pattern_problem(const char *pattern)
{
	const char *s;
	long product = 1, n;
	char *end;

	if (strlen(pattern) > PATTERN_MAX_BYTES)
		return "is longer than 1000 bytes";
	for (s = pattern; *s != '\0'; s++) {
		if (*s == '\\' && isdigit((unsigned char)s[1]))
			return "has a back reference, which can take for ever";
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '{') {
			n = strtol(s + 1, &end, 10);
			if (*end == ',' && isdigit((unsigned char)end[1]))
				n = strtol(end + 1, &end, 10);
			product *= n < 1   ? 1 :
			    n > REPEAT_MAX ? REPEAT_MAX + 1 :
					     n;
			if (product > REPEAT_MAX)
				return "repeats more than 1000 times in all";
		}
	}
	return NULL;
}

static int
compile(regex_t *regex, const char *pattern, struct error *err)
{
	const char *problem = pattern_problem(pattern);
	char text[120];
	int code;

	if (problem != NULL) {
		fail(err, ERR_INVALID, "grep: the pattern %s", problem);
		return -1;
	}
	code = regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB);
	if (code == 0)
		return 0;
	regerror(code, regex, text, sizeof(text));
	fail(err, ERR_INVALID, "grep: no POSIX extended regular expression: %s",
	    text);
	return -1;
}

static void
split(struct lines *lines, const char *text, size_t len)
{
	const char *at = text, *end = text + len, *next;
	size_t size = 0;

	memset(lines, 0, sizeof(*lines));
	lines->text = text;
	for (;;) {
		if (lines->n + 1 >= size) {
			size = size == 0 ? 256 : size * 2;
			lines->starts = xreallocarray(lines->starts, size,
			    sizeof(*lines->starts));
		}
		lines->starts[lines->n] = (size_t)(at - text);
		if (at >= end)
			return;
		next = memchr(at, '\n', (size_t)(end - at));
		at = next == NULL ? end : next + 1;
		lines->n++;
	}
}

static bool
line_matches(const struct lines *lines, size_t i, const regex_t *regex)
{
	size_t len = lines->starts[i + 1] - lines->starts[i];
	const char *raw = lines->text + lines->starts[i];
	char *line;
	bool yes;

	if (len > LINE_MATCH_BYTES)
		len = LINE_MATCH_BYTES;
	line = memchr(raw, '\033', len) != NULL ? clean_output(raw, len) :
						  xstrndup(raw, len);
	line[strcspn(line, "\n")] = '\0';
	yes = regexec(regex, line, 0, NULL, 0) == 0;
	free(line);
	return yes;
}

/* Adds the lines around a match that were not shown yet. */
static void
show(const struct lines *lines, size_t from, size_t to, size_t last,
    bool parted, struct buf *out)
{
	if (parted && out->len > 0 && from > last)
		buf_puts(out, "--\n");
	buf_add(out, lines->text + lines->starts[from],
	    lines->starts[to] - lines->starts[from]);
}

/* Returns the line to go on from. */
static size_t
collect(const struct lines *lines, const regex_t *regex, size_t context,
    size_t max_bytes, struct buf *out)
{
	int64_t deadline = time_mono_ms() + BUDGET_MS;
	size_t i, from, to, shown = 0;

	for (i = 0; i < lines->n; i++) {
		if (i > 0 && time_mono_ms() > deadline)
			return i;
		if (!line_matches(lines, i, regex))
			continue;
		from = i < shown + context ? shown : i - context;
		to = i + context + 1 < lines->n ? i + context + 1 : lines->n;
		if (from < shown)
			from = shown;
		if (out->len > 0 &&
		    out->len + lines->starts[to] - lines->starts[from] >
			max_bytes)
			return i;
		if (to > from)
			show(lines, from, to, shown, context > 0, out);
		shown = to;
	}
	return lines->n;
}

/* Returns the matches in text; *next is where to go on. */
static char *
find(const regex_t *regex, const char *text, size_t len, int64_t context,
    size_t max_chars, size_t *next)
{
	struct buf found = { 0 };
	struct lines lines;
	char *clean;

	split(&lines, text, len);
	*next = lines.starts[collect(&lines, regex, (size_t)context, max_chars,
	    &found)];
	free(lines.starts);
	buf_reserve(&found, 0);
	clean = clean_output(found.data,
	    utf8_first(found.data, found.len, max_chars));
	buf_clear(&found);
	return clean;
}

int
search_output(const struct record *rec, const char *name, const char *pattern,
    int64_t context, int64_t cursor, size_t max_chars, struct output *out,
    struct error *err)
{
	char *found;
	regex_t regex;
	size_t next;

	if (compile(&regex, pattern, err) != 0)
		return -1;
	if (output_bytes(rec, name, cursor, SEARCH_BYTES, out, err) != 0) {
		regfree(&regex);
		return -1;
	}
	found = find(&regex, out->text, (size_t)(out->to - out->from), context,
	    max_chars, &next);
	free(out->text);
	out->text = found;
	out->to = out->from + (int64_t)next;
	regfree(&regex);
	return 0;
}

char *
search_text(const char *text, const char *pattern, int64_t context,
    struct error *err)
{
	size_t len = strlen(text), next;
	regex_t regex;
	char *found;

	if (compile(&regex, pattern, err) != 0)
		return NULL;
	found = find(&regex, text, len, context, len + 1, &next);
	regfree(&regex);
	return found;
}
