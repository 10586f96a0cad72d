/*
 * Matching lines.  See matcher.h.  Patterns that are known to take for ever
 * are refused: back references and large repetitions.
 */
#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/view/clean.h"
#include "daemon/view/matcher.h"

#define PATTERN_MAX_BYTES 1000
/* The product of all {m,n}: regcomp(3) unrolls them. */
#define REPEAT_MAX 1000
/* In longer lines the matcher must not begin again at each byte. */
#define LONG_LINE_BYTES 2048
/* A shorter text that a line must have is not worth a search of its own. */
#define LITERAL_MIN_BYTES 2

struct matcher {
	regex_t plain;
	regex_t from_start; /* the same from the start of a line */
	bool has_from_start;
	bool begins_anywhere; /* the plain one is slow */
	/* What each line has that matches; empty: nothing in particular. */
	char *literal;
	size_t literal_len;
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

/* Returns the end of the bracket expression that begins at s. */
static const char *
after_bracket(const char *s)
{
	const char *end;
	char kind[] = "?]";

	s += s[1] == '^' ? 2 : 1;
	if (*s == ']')
		s++;
	for (; *s != '\0' && *s != ']'; s++) {
		if (*s != '[' || s[1] == '\0' || strchr(".:=", s[1]) == NULL)
			continue;
		kind[0] = s[1];
		end = strstr(s + 2, kind);
		if (end != NULL)
			s = end + 1;
	}
	return s;
}

/* Whether the pattern stays what it is in parentheses. */
static bool
is_balanced(const char *pattern)
{
	const char *s;
	int depth = 0;

	for (s = pattern; *s != '\0' && depth >= 0; s++) {
		if (*s == '[')
			s = after_bracket(s);
		else if (*s == '\\')
			s++;
		else if (*s == '(')
			depth++;
		else if (*s == ')')
			depth--;
		if (*s == '\0')
			return false;
	}
	return depth == 0;
}

/* Returns the end of the group that begins at s; NULL: it has none. */
static const char *
after_group(const char *s)
{
	int depth = 0;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '[')
			s = after_bracket(s);
		else if (*s == '(')
			depth++;
		else if (*s == ')' && --depth == 0)
			return s;
		if (*s == '\0')
			return NULL;
	}
	return NULL;
}

/* Keeps the longest text that the pattern has between other things. */
static void
end_run(struct matcher *matcher, struct buf *run)
{
	if (run->len > matcher->literal_len && run->len >= LITERAL_MIN_BYTES) {
		free(matcher->literal);
		matcher->literal = xstrndup(run->data, run->len);
		matcher->literal_len = run->len;
	}
	if (run->len > 0)
		buf_drop(run, run->len);
}

/* Goes over what is no text; returns its last byte, or NULL: give up. */
static const char *
skip_other(const char *s, struct buf *run)
{
	if (strchr("*?{", *s) != NULL && run->len > 0)
		run->data[--run->len] = '\0'; /* it may be missing */
	switch (*s) {
	case '|':
		return NULL;
	case '(':
		return after_group(s);
	case '[':
		s = after_bracket(s);
		return *s == '\0' ? NULL : s;
	case '{':
		return strchr(s, '}');
	case '\\':
		return s[1] == '\0' ? NULL : s + 1;
	default:
		return s;
	}
}

/* Finds a text that each line has which matches. */
static void
find_literal(struct matcher *matcher, const char *pattern)
{
	struct buf run = { 0 };
	const char *s;

	for (s = pattern; s != NULL && *s != '\0'; s++) {
		if (*s == '\\' && ispunct((unsigned char)s[1]) &&
		    strchr("<>`'", s[1]) == NULL)
			buf_add(&run, ++s, 1);
		else if (strchr("*?{|([\\.+^$)", *s) == NULL)
			buf_add(&run, s, 1);
		else {
			s = skip_other(s, &run);
			end_run(matcher, &run);
			if (s == NULL)
				break;
		}
	}
	end_run(matcher, &run);
	buf_clear(&run);
	if (s == NULL) { /* one of several patterns, or an odd one */
		free(matcher->literal);
		matcher->literal = NULL;
		matcher->literal_len = 0;
	}
}

struct matcher *
matcher_new(const char *pattern, struct error *err)
{
	const char *problem = pattern_problem(pattern);
	struct matcher *matcher;
	char text[120], *whole;
	int code;

	if (problem != NULL) {
		fail(err, ERR_INVALID, "grep: the pattern %s", problem);
		return NULL;
	}
	matcher = xcalloc(1, sizeof(*matcher));
	code = regcomp(&matcher->plain, pattern, REG_EXTENDED | REG_NOSUB);
	if (code == REG_ESPACE)
		_exit(1);
	if (code != 0) {
		regerror(code, &matcher->plain, text, sizeof(text));
		fail(err, ERR_INVALID,
		    "grep: no POSIX extended regular expression: %s", text);
		free(matcher);
		return NULL;
	}
	whole = xasprintf("^.*(%s)", pattern);
	matcher->has_from_start = is_balanced(pattern) &&
	    regcomp(&matcher->from_start, whole, REG_EXTENDED | REG_NOSUB) == 0;
	matcher->begins_anywhere = strchr("[.(", pattern[0]) != NULL;
	find_literal(matcher, pattern);
	free(whole);
	return matcher;
}

void
matcher_free(struct matcher *matcher)
{
	if (matcher == NULL)
		return;
	regfree(&matcher->plain);
	if (matcher->has_from_start)
		regfree(&matcher->from_start);
	free(matcher->literal);
	free(matcher);
}

/*
 * The plain pattern is tried at each byte of a line where it may begin, the
 * other once; one is faster for most lines, the other for all.
 */
static bool
matches(const struct matcher *matcher, const char *line, size_t len)
{
	regmatch_t part = { .rm_so = 0, .rm_eo = (regoff_t)len };
	bool once = matcher->has_from_start &&
	    (matcher->begins_anywhere || len > LONG_LINE_BYTES);
	int code;

#ifdef __SANITIZE_ADDRESS__ /* which looks for a NUL, in all that follows */
	char *copy = xstrndup(line, len);

	line = copy;
#endif
	code = regexec(once ? &matcher->from_start : &matcher->plain, line, 1,
	    &part, REG_STARTEND);
#ifdef __SANITIZE_ADDRESS__
	free(copy);
#endif
	if (code == REG_ESPACE)
		_exit(1);
	return code == 0;
}

bool
matcher_finds(const struct matcher *matcher, const char *line, size_t len)
{
	char *clean;
	bool yes;

	if (memchr(line, '\033', len) == NULL)
		return matches(matcher, line, len);
	clean = clean_output(line, len);
	yes = matches(matcher, clean, strlen(clean));
	free(clean);
	return yes;
}

const char *
matcher_literal(const struct matcher *matcher, size_t *len)
{
	*len = matcher->literal_len;
	return matcher->literal;
}

/* The shortest beginning of the line that matches is searched for. */
size_t
matcher_end(const struct matcher *matcher, const char *line, size_t len)
{
	size_t low = 0, high = len, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (matcher_finds(matcher, line, middle))
			high = middle;
		else
			low = middle;
	}
	return high;
}
