/*
 * Searching output.  See search.h.  The whole file is searched in one pass,
 * line by line and in place.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/view/clean.h"
#include "daemon/view/matcher.h"
#include "daemon/view/output.h"
#include "daemon/view/search.h"

/* Processor time after which a search tells how far it came, */
#define BUDGET_MS 3000
/* and after which it is ended: the pattern itself takes that long. */
#define CPU_MAX_S 5
/* Beside the file, which is mapped. */
#define MEMORY_MAX_BYTES (256u << 20)
/* The clock is asked after so many bytes. */
#define LOOK_BYTES (256u << 10)

struct scan {
	struct matcher *matcher;
	const char *text, *end;
	const char *shown; /* what is before it is in found, or passed */
	size_t context, max_bytes;
	size_t left_out; /* lines that there was no room for */
	const char *literal_at, *escape_at; /* see candidate() */
	struct buf found;
};

/* ---- lines ---- */

static const char *
line_end(const struct scan *scan, const char *line)
{
	const char *end = memchr(line, '\n', (size_t)(scan->end - line));

	return end == NULL ? scan->end : end;
}

/* Returns the beginning of a line that is n lines before, not before min. */
static const char *
lines_before(const char *line, size_t n, const char *min)
{
	const char *at;

	for (; n > 0 && line > min; n--) {
		at = memrchr(min, '\n', (size_t)(line - min) - 1);
		line = at == NULL ? min : at + 1;
	}
	return line;
}

static const char *
lines_after(const struct scan *scan, const char *line, size_t n)
{
	for (n++; n > 0 && line < scan->end; n--) {
		line = line_end(scan, line);
		line += line < scan->end;
	}
	return line;
}

/* Adds a line; of one that is too long the part around the match. */
static void
add_line(const struct scan *scan, const char *line, const char *end,
    struct buf *out)
{
	size_t len = (size_t)(end - line), room = scan->max_bytes / 2, at = 0;

	if (len <= scan->max_bytes) {
		buf_add(out, line, len);
		return;
	}
	if (matcher_finds(scan->matcher, line, len))
		at = matcher_end(scan->matcher, line, len);
	at = at < room / 2 ? 0 : at - room / 2;
	if (len - at < room)
		at = len - room;
	while (at > 0 && (line[at] & 0xc0) == 0x80)
		at--;
	buf_printf(out, "[%zu of %zu bytes] ", room, len);
	buf_add(out, line + at, utf8_first(line + at, room, room));
}

/* Adds the lines from there to there, the last of which ends in a newline. */
static void
add_lines(const struct scan *scan, const char *from, const char *to,
    struct buf *out)
{
	const char *end;

	for (; from < to; from = end + 1) {
		end = line_end(scan, from);
		add_line(scan, from, end, out);
		if (end < scan->end)
			buf_puts(out, "\n");
	}
}

static size_t
count_lines(const struct scan *scan, const char *from, const char *to)
{
	size_t n = 0;

	for (; from < to; from = line_end(scan, from) + 1)
		n++;
	return n;
}

/* Adds a match with the lines around it; false: there is no room for it. */
static bool
show(struct scan *scan, const char *line)
{
	const char *from = lines_before(line, scan->context, scan->shown);
	const char *to = lines_after(scan, line, scan->context);
	struct buf piece = { 0 };
	bool fits;

	if (from < scan->shown)
		from = scan->shown;
	if (scan->context > 0 && scan->found.len > 0 && from > scan->shown)
		buf_puts(&piece, "--\n");
	add_lines(scan, from, to, &piece);
	if (scan->found.len == 0 && piece.len > scan->max_bytes) {
		/* the match before what is around it */
		scan->left_out = count_lines(scan, from, to) - 1;
		buf_clear(&piece);
		to = lines_after(scan, line, 0);
		add_lines(scan, line, to, &piece);
	}
	fits = scan->found.len == 0 ||
	    scan->found.len + piece.len <= scan->max_bytes;
	if (fits && piece.len > 0)
		buf_add(&scan->found, piece.data, piece.len);
	if (fits && to > scan->shown)
		scan->shown = to;
	buf_clear(&piece);
	return fits;
}

static int64_t
cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The next place of something from a line on, which is looked for once. */
static const char *
next_place(const struct scan *scan, const char *line, const char **known,
    const char *text, size_t len)
{
	if (*known == NULL || *known < line)
		*known = memmem(line, (size_t)(scan->end - line), text, len);
	if (*known == NULL)
		*known = scan->end;
	return *known;
}

/* Returns the first line, from that one on, that may match; or the end. */
static const char *
candidate(struct scan *scan, const char *line)
{
	const char *at, *escape, *text;
	size_t len;

	text = matcher_literal(scan->matcher, &len);
	if (text == NULL)
		return line;
	at = next_place(scan, line, &scan->literal_at, text, len);
	escape = next_place(scan, line, &scan->escape_at, "\033", 1);
	if (escape < at) /* the text may have one in its middle */
		at = escape;
	if (at == scan->end)
		return at;
	at = memrchr(line, '\n', (size_t)(at - line));
	return at == NULL ? line : at + 1;
}

/* Finds what there is room and time for; returns where to go on. */
static const char *
scan_lines(struct scan *scan)
{
	const char *line, *end, *look = scan->text + LOOK_BYTES;

	scan->shown = scan->text;
	for (line = scan->text; line < scan->end; line = end + 1) {
		if (line > look) {
			if (cpu_ms() > BUDGET_MS)
				return line;
			look = line + LOOK_BYTES;
		}
		line = candidate(scan, line);
		if (line == scan->end)
			break;
		end = line_end(scan, line);
		if (matcher_finds(scan->matcher, line, (size_t)(end - line)) &&
		    !show(scan, line))
			return line;
	}
	return scan->end;
}

/* ---- the process ---- */

void
search_ask(const struct search *search, struct buf *out)
{
	buf_printf(out, "%" PRId64 " %" PRId64 " %zu", search->context,
	    search->cursor, search->max_chars);
	buf_add(out, "", 1);
	buf_add(out, search->pattern, strlen(search->pattern) + 1);
	buf_puts(out, search->path == NULL ? "" : search->path);
	buf_add(out, "", 1);
	if (search->text != NULL)
		buf_puts(out, search->text);
	buf_add(out, "", 1);
}

int
search_answer(const char *answer, struct output *out, size_t *left_out,
    struct error *err)
{
	int at = 0;

	memset(out, 0, sizeof(*out));
	if (answer[0] == '!')
		fail(err, ERR_INVALID, "%s", answer + 1);
	else if (sscanf(answer, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %zu%n",
		     &out->from, &out->to, &out->size, left_out, &at) != 4 ||
	    answer[at] != '\n')
		fail(err, ERR_INVALID,
		    "grep: the pattern takes more than %d s or %u MiB: make "
		    "it simpler, with fewer repetitions inside of each other",
		    CPU_MAX_S, MEMORY_MAX_BYTES >> 20);
	else {
		out->text = xstrdup(answer + at + 1);
		return 0;
	}
	return -1;
}

/* Sanitizers need more than any limit of address space. */
static void
limit(size_t mapped)
{
	struct rlimit cpu = { CPU_MAX_S, CPU_MAX_S };
	struct rlimit memory = { mapped + MEMORY_MAX_BYTES,
		mapped + MEMORY_MAX_BYTES };
	struct rlimit none = { 0, 0 };

	prctl(PR_SET_NAME, "ccproc-search");
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_CPU, &cpu);
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_AS, &memory);
#else
	(void)memory;
#endif
}

/* Returns all of stdin with a NUL after it. */
static char *
read_request(size_t *len)
{
	struct stat st;
	char *text;
	ssize_t n;

	if (fstat(STDIN_FILENO, &st) != 0)
		return NULL;
	text = xcalloc(1, (size_t)st.st_size + 1);
	n = io_read(STDIN_FILENO, text, (size_t)st.st_size);
	*len = n < 0 ? 0 : (size_t)n;
	return text;
}

/* Returns the string after that one. */
static char *
next_string(char *text)
{
	return text + strlen(text) + 1;
}

/* A file that is cut while it is mapped ends us by SIGBUS. */
static int
map(const char *path, struct scan *scan, int64_t *size, struct error *err)
{
	off_t bytes;
	void *text;
	int fd = io_open_regular(AT_FDCWD, path, &bytes);

	if (fd == -1) {
		fail_errno(err, "cannot open %s", path);
		return -1;
	}
	*size = bytes;
	text = bytes == 0 ?
	    NULL :
	    mmap(NULL, (size_t)bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (text == MAP_FAILED) {
		fail_errno(err, "cannot read %s", path);
		return -1;
	}
	scan->text = text;
	scan->end = scan->text + bytes;
	return 0;
}

/* Cuts the oldest lines off until no more than max_bytes are left. */
static void
keep_newest(struct scan *scan)
{
	struct buf *found = &scan->found;
	const char *line, *at;

	if (found->len > 0 && found->data[found->len - 1] == '\n')
		found->data[--found->len] = '\0';
	if (found->len <= scan->max_bytes)
		return;
	line = strchr(found->data + found->len - scan->max_bytes, '\n');
	line = line == NULL ? found->data + found->len : line + 1;
	for (at = found->data; at < line; at++)
		scan->left_out += *at == '\n' || at + 1 == line;
	buf_drop(found, (size_t)(line - found->data));
}

static void
print(const struct scan *scan, int64_t from, int64_t to, int64_t size,
    size_t max_chars)
{
	const struct buf *found = &scan->found;
	char *text = clean_output(found->len == 0 ? "" : found->data,
	    found->len == 0 ? 0 :
			      utf8_first(found->data, found->len, max_chars));

	printf("%" PRId64 " %" PRId64 " %" PRId64 " %zu\n%s", from, to, size,
	    scan->left_out, text);
	free(text);
}

static int
serve(char *request, struct error *err)
{
	char *pattern = next_string(request), *path = next_string(pattern);
	char *text = next_string(path);
	struct scan scan = { 0 };
	const char *begin, *next;
	int64_t context, cursor, size = 0;
	size_t max_chars;

	if (sscanf(request, "%" SCNd64 " %" SCNd64 " %zu", &context, &cursor,
		&max_chars) != 3) {
		fail(err, ERR_INVALID, "no request of a daemon");
		return -1;
	}
	if (*path != '\0' && map(path, &scan, &size, err) != 0)
		return -1;
	limit((size_t)size);
	scan.matcher = matcher_new(pattern, err);
	if (scan.matcher == NULL)
		return -1;
	begin = scan.text;
	scan.context = (size_t)context;
	scan.max_bytes = max_chars;
	if (*path == '\0') {
		scan.max_bytes = strlen(text) + 1;
		begin = scan.text = text;
		scan.end = text + strlen(text);
	}
	if (cursor > size)
		cursor = size;
	scan.text = scan.text == NULL ? "" : scan.text + cursor;
	if (scan.end == NULL)
		begin = scan.end = scan.text;
	next = scan_lines(&scan);
	if (*path == '\0') {
		scan.max_bytes = max_chars;
		keep_newest(&scan);
	}
	print(&scan, cursor, next - begin, size, max_chars);
	buf_clear(&scan.found);
	matcher_free(scan.matcher);
	return 0;
}

int
search_serve(void)
{
	struct error err;
	size_t len = 0;
	char *request = read_request(&len);

	/* three strings and a text: a NUL for each */
	if (request == NULL || len < 4 || request[len - 1] != '\0' ||
	    memchr(request, '\0', len - 3) == NULL) {
		fputs("ccprocd: --search is for the daemon only\n", stderr);
		return 2;
	}
	if (serve(request, &err) != 0)
		printf("!%s", err.text);
	free(request);
	return fflush(stdout) == 0 ? 0 : 1;
}
