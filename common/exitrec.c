/*
 * The claim and exit record: one table names every member for writing and for
 * reading.  See exitrec.h.
 *
 * Every member but the last is followed by a comma, and so is every piece,
 * so that a member which a comma follows is whole, wherever the file ends.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/exitrec.h"
#include "common/io.h"
#include "common/jsonscan.h"
#include "common/utf8.h"

enum piece { CLAIM, MAIN, OUTCOME };
enum kind { NUMBER, FLAG, TEXT, REASON };

struct row {
	const char *name;
	enum piece piece;
	enum kind kind;
	size_t offset;
	size_t size;
};

#define ROW(p, k, n, m) \
	{ \
		.name = n, .piece = p, .kind = k, \
		.offset = offsetof(struct exitrec, m), \
		.size = sizeof(((struct exitrec *)0)->m) \
	}

static const struct row rows[] = {
	ROW(CLAIM, NUMBER, "version", version),
	ROW(CLAIM, TEXT, "machine", machine.id),
	ROW(CLAIM, TEXT, "boot", machine.boot),
	ROW(CLAIM, TEXT, "pidns", machine.pidns),
	ROW(CLAIM, NUMBER, "keeper_pid", keeper_pid),
	ROW(CLAIM, NUMBER, "keeper_start", keeper_start),
	ROW(CLAIM, TEXT, "cgroup", cgroup),
	ROW(CLAIM, NUMBER, "started_at", started_at),
	ROW(CLAIM, TEXT, "keeper_version", keeper_version),
	ROW(CLAIM, TEXT, "commands", commands),
	ROW(MAIN, FLAG, "main_exited", main_exited),
	ROW(MAIN, NUMBER, "main_pid", main_pid),
	ROW(MAIN, NUMBER, "exit_code", exit_code),
	ROW(MAIN, NUMBER, "exit_signal", exit_signal),
	ROW(MAIN, NUMBER, "main_ended_at", main_ended_at),
	ROW(OUTCOME, REASON, "stop_reason", stop_reason),
	ROW(OUTCOME, TEXT, "spawn_stage", spawn_stage),
	ROW(OUTCOME, NUMBER, "spawn_errno", spawn_errno),
	ROW(OUTCOME, NUMBER, "ended_at", ended_at),
	ROW(OUTCOME, NUMBER, "elapsed", elapsed),
	ROW(OUTCOME, NUMBER, "utime", utime),
	ROW(OUTCOME, NUMBER, "stime", stime),
	ROW(OUTCOME, NUMBER, "maxrss_kb", maxrss_kb),
	ROW(OUTCOME, NUMBER, "memory_peak_kb", memory_peak_kb),
	ROW(OUTCOME, NUMBER, "oom_kills", oom_kills),
	ROW(OUTCOME, NUMBER, "leftovers", leftovers),
	ROW(OUTCOME, TEXT, "leftover_names", leftover_names),
	ROW(OUTCOME, NUMBER, "unkillable", unkillable),
	ROW(OUTCOME, NUMBER, "stdout_cut", stdout_cut),
	ROW(OUTCOME, NUMBER, "stderr_cut", stderr_cut),
	ROW(OUTCOME, NUMBER, "replaced_by", replaced_by),
	ROW(OUTCOME, TEXT, "note", note),
};
#define NROWS (sizeof(rows) / sizeof(rows[0]))

static const char *const reasons[] = {
	[STOP_NONE] = "",
	[STOP_USER] = "user",
	[STOP_WALL] = "wall",
	[STOP_OUTPUT_LIMIT] = "output_limit",
	[STOP_IDLE] = "idle",
	[STOP_LINGER] = "linger",
	[STOP_INTERRUPTED] = "interrupted",
	[STOP_SHUTDOWN] = "shutdown",
	[STOP_LOGOUT] = "logout",
	[STOP_DEPENDENCY] = "dependency",
	[STOP_BUDGET] = "budget",
	[STOP_KEEPER_LOST] = "keeper_lost",
	[STOP_REBOOT] = "reboot",
	[STOP_UNKNOWN] = "unknown",
};
#define NREASONS (sizeof(reasons) / sizeof(reasons[0]))

const char *
stop_reason_name(enum stop_reason reason)
{
	return reasons[reason];
}

enum stop_reason
stop_reason_named(const char *word)
{
	size_t i;

	for (i = 0; i < NREASONS; i++)
		if (strcmp(word, reasons[i]) == 0)
			return (enum stop_reason)i;
	return STOP_UNKNOWN;
}

/* Text members take at most twice their size. */
struct out {
	char text[EXITREC_PIECE_BYTES];
	size_t len;
};

static void
put(struct out *out, const char *bytes, size_t n)
{
	assert(n <= sizeof(out->text) - out->len);
	memcpy(out->text + out->len, bytes, n);
	out->len += n;
}

static void
put_number(struct out *out, int64_t number)
{
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
	char digits[24], *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) != 0);
	if (number < 0)
		*--p = '-';
	put(out, p, (size_t)(digits + sizeof(digits) - p));
}

/* Fills text with the character at s as JSON has it; *used is its size. */
static size_t
escape(const char *s, size_t len, size_t *used, char text[6])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char c = (unsigned char)*s;

	*used = 1;
	if (c == '"' || c == '\\') {
		text[0] = '\\';
		text[1] = (char)c;
		return 2;
	}
	if (c < 0x20) {
		memcpy(text, "\\u00", 4);
		text[4] = hex[c >> 4];
		text[5] = hex[c & 0xf];
		return 6;
	}
	*used = utf8_next(s, len);
	if (*used == 0) {
		*used = 1;
		text[0] = '?';
		return 1;
	}
	memcpy(text, s, *used);
	return *used;
}

/* Text beyond max is dropped, which only control characters can bring about. */
static void
put_text(struct out *out, const char *s, size_t max)
{
	char text[6];
	size_t i, n, used, len = strlen(s), total = 0;

	put(out, "\"", 1);
	for (i = 0; i < len; i += used) {
		n = escape(s + i, len - i, &used, text);
		total += n;
		if (total > max)
			break;
		put(out, text, n);
	}
	put(out, "\"", 1);
}

static void
put_row(struct out *out, const struct row *row, const struct exitrec *rec)
{
	const char *at = (const char *)rec + row->offset;
	const char *word;

	put_text(out, row->name, strlen(row->name));
	put(out, ":", 1);
	switch (row->kind) {
	case NUMBER:
		put_number(out, *(const int64_t *)(const void *)at);
		break;
	case FLAG:
		word = *(const bool *)at ? "true" : "false";
		put(out, word, strlen(word));
		break;
	case TEXT:
		put_text(out, at, 2 * (row->size - 1));
		break;
	case REASON:
		word = stop_reason_name(
		    *(const enum stop_reason *)(const void *)at);
		put_text(out, word, strlen(word));
		break;
	}
}

/* All of it at the end of fd, or nothing. */
static int
append(int fd, const char *text, size_t len, struct error *err)
{
	off_t end = lseek(fd, 0, SEEK_END);
	size_t done = 0;
	ssize_t n;

	if (end < 0) {
		fail_errno(err, "cannot find the end of the record");
		return -1;
	}
	if (end > (off_t)(EXITREC_MAX_BYTES - len)) {
		fail(err, ERR_LIMIT, "the record is %lld bytes long already",
		    (long long)end);
		return -1;
	}
	while (done < len) {
		n = pwrite(fd, text + done, len - done, end + (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			fail_errno(err, "cannot write the record");
			if (ftruncate(fd, end) != 0)
				fail_add(err, ERR_SYSTEM, "nor cut it back");
			return -1;
		}
		done += (size_t)n;
	}
	return 0;
}

static void
put_piece(struct out *out, enum piece piece, const struct exitrec *rec)
{
	const char *before = piece == CLAIM ? "{" : "";
	size_t i;

	for (i = 0; i < NROWS; i++) {
		if (rows[i].piece != piece)
			continue;
		put(out, before, strlen(before));
		put_row(out, &rows[i], rec);
		before = ",";
	}
	put(out, piece == OUTCOME ? "}\n" : ",\n", 2);
}

static int
write_piece(int fd, enum piece piece, const struct exitrec *rec,
    struct error *err)
{
	struct out out = { .len = 0 };

	put_piece(&out, piece, rec);
	return append(fd, out.text, out.len, err);
}

int
exitrec_write_claim(int fd, const struct exitrec *rec, struct error *err)
{
	return write_piece(fd, CLAIM, rec, err);
}

int
exitrec_write_main(int fd, const struct exitrec *rec, struct error *err)
{
	return write_piece(fd, MAIN, rec, err);
}

int
exitrec_write_outcome(int fd, const struct exitrec *rec, struct error *err)
{
	return write_piece(fd, OUTCOME, rec, err);
}

size_t
exitrec_print_claim(const struct exitrec *rec, char text[EXITREC_PIECE_BYTES])
{
	struct out out = { .len = 0 };

	put_piece(&out, CLAIM, rec);
	memcpy(text, out.text, out.len);
	return out.len;
}

static enum stop_reason
reason_named(struct jsonspan value)
{
	char word[32];

	return jsonscan_string(value, word, sizeof(word)) ?
	    stop_reason_named(word) :
	    STOP_UNKNOWN;
}

static bool
load_row(const struct row *row, struct jsonspan value, struct exitrec *rec)
{
	char *at = (char *)rec + row->offset;
	char type = jsonscan_type(value);

	switch (row->kind) {
	case NUMBER:
		return jsonscan_int(value, (int64_t *)(void *)at);
	case FLAG:
		*(bool *)at = type == 't';
		return type == 't' || type == 'f';
	case TEXT:
		return jsonscan_string(value, at, row->size);
	case REASON:
		*(enum stop_reason *)(void *)at = reason_named(value);
		return type == '"';
	}
	return false;
}

static int
load(struct jsonspan object, struct exitrec *rec, struct error *err)
{
	const char *names[NROWS];
	struct jsonspan found[NROWS];
	size_t i;

	for (i = 0; i < NROWS; i++)
		names[i] = rows[i].name;
	jsonscan_members(object, names, found, NROWS);
	rec->exit_code = -1;
	for (i = 0; i < NROWS; i++) {
		if (found[i].at == NULL || load_row(&rows[i], found[i], rec))
			continue;
		fail(err, ERR_INVALID, "%s is not what it should be: %.*s",
		    names[i], found[i].len < 80 ? (int)found[i].len : 80,
		    found[i].at);
		return -1;
	}
	return 0;
}

/* Cuts text after its last whole member and closes it; returns the new length. */
static size_t
close_object(char *text, size_t len)
{
	size_t i, end = 1;
	bool quoted = false;

	for (i = 1; i < len; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		else if (text[i] == '\\')
			i++;
		else if (text[i] == ',' && !quoted)
			end = i;
	}
	text[end] = '}';
	return end + 1;
}

int
exitrec_parse(char *text, size_t len, struct exitrec *rec, struct error *err)
{
	struct exitrec new = { .version = 0 };

	new.complete = jsonscan_check(text, len, err) == 0;
	if (!new.complete) {
		/* After a power cut zeros may stand where bytes belong. */
		if (text[0] == '\0')
			text[0] = '{';
		len = close_object(text, strnlen(text, len));
		if (jsonscan_check(text, len, err) != 0)
			return -1;
	}
	if (text[0] != '{') {
		fail(err, ERR_INVALID, "not a JSON object");
		return -1;
	}
	if (load((struct jsonspan){ text, len }, &new, err) != 0)
		return -1;
	*rec = new;
	return 0;
}

int
exitrec_read_fd(int fd, struct exitrec *rec, struct error *err)
{
	/* One byte tells that it is too long, one closes it. */
	char text[EXITREC_MAX_BYTES + 2];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0) {
		fail_errno(err, "cannot stat");
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		fail(err, ERR_INVALID, "not a regular file");
		return -1;
	}
	n = io_read(fd, text, sizeof(text) - 1);
	if (n < 0) {
		fail_errno(err, "cannot read");
		return -1;
	}
	if (n == 0) {
		fail(err, ERR_NOT_FOUND, "empty");
		return -1;
	}
	if (n > EXITREC_MAX_BYTES) {
		fail(err, ERR_INVALID, "longer than %d bytes",
		    EXITREC_MAX_BYTES);
		return -1;
	}
	return exitrec_parse(text, (size_t)n, rec, err);
}

int
exitrec_read(int dirfd, const char *name, struct exitrec *rec,
    struct error *err)
{
	int fd, rc;

	fd = openat(dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		fail_errno(err, "%s", name);
		if (err->errnum == ENOENT)
			err->code = ERR_NOT_FOUND;
		else if (err->errnum == ELOOP)
			err->code = ERR_INVALID;
		return -1;
	}
	rc = exitrec_read_fd(fd, rec, err);
	close(fd);
	if (rc != 0)
		fail_prefix(err, "%s", name);
	return rc;
}
