/*
 * Tests of common/exitrec.c: what is written is read back, one JSON object
 * whatever the strings hold, and every cut of it gives what is whole.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>
#undef fail /* libcheck's, deprecated: it hides the one of error.h */

#include "common/error.h"
#include "common/exitrec.h"
#include "common/jsonscan.h"
#include "tests/unit/unit.h"

static char dir[] = "/tmp/test_exitrec.XXXXXX";
static int dirfd_;
static struct error err;

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dirfd_, 0);
}

static void
teardown(void)
{
	unlinkat(dirfd_, "run", 0);
	unlinkat(dirfd_, "link", 0);
	close(dirfd_);
	rmdir(dir);
}

static int
create(const char *text, size_t len)
{
	int fd = openat(dirfd_, "run", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	return fd;
}

static void
create_closed(const char *text, size_t len)
{
	close(create(text, len));
}

static void
put_file(const char *text)
{
	create_closed(text, strlen(text));
}

static size_t
get_file(char *text, size_t size)
{
	int fd = openat(dirfd_, "run", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, size - 1);

	close(fd);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return (size_t)n;
}

/* Every number another one, so that a mixed-up row shows. */
static struct exitrec
sample(void)
{
	struct exitrec rec = {
		.version = EXITREC_VERSION,
		.machine = { "0123456789abcdef", "b-o-o-t", "4026531836" },
		.keeper_pid = 101,
		.keeper_start = 102,
		.cgroup = "/user.slice/app\\x2dccproc.slice/t7",
		.started_at = 1700000000001,
		.keeper_version = "7.8.9",
		.commands = "stop daemon",
		.main_exited = true,
		.main_pid = 103,
		.exit_code = 3,
		.exit_signal = 0,
		.main_ended_at = 1700000000002,
		.stop_reason = STOP_USER,
		.spawn_stage = "exec",
		.spawn_errno = 2,
		.ended_at = 1700000000003,
		.elapsed = 104,
		.utime = 105,
		.stime = 106,
		.maxrss_kb = 107,
		.leftovers = 108,
		.leftover_names = "109 sleep, 110 cat",
		.unkillable = 111,
		.note = "quote \" slash \\ tab \t \xc3\xa9",
	};

	return rec;
}

static void
write_all(const struct exitrec *rec)
{
	int fd = create("", 0);

	ck_assert_int_eq(exitrec_write_claim(fd, rec, &err), 0);
	ck_assert_int_eq(exitrec_write_main(fd, rec, &err), 0);
	ck_assert_int_eq(exitrec_write_outcome(fd, rec, &err), 0);
	close(fd);
}

static void
assert_same(const struct exitrec *a, const struct exitrec *b)
{
	ck_assert_str_eq(a->machine.id, b->machine.id);
	ck_assert_str_eq(a->machine.boot, b->machine.boot);
	ck_assert_str_eq(a->machine.pidns, b->machine.pidns);
	ck_assert_str_eq(a->cgroup, b->cgroup);
	ck_assert_str_eq(a->keeper_version, b->keeper_version);
	ck_assert_str_eq(a->commands, b->commands);
	ck_assert_int_eq(a->stop_reason, b->stop_reason);
	ck_assert_str_eq(a->spawn_stage, b->spawn_stage);
	ck_assert_str_eq(a->leftover_names, b->leftover_names);
	ck_assert_str_eq(a->note, b->note);
	ck_assert_int_eq(a->version, b->version);
	ck_assert_int_eq(a->keeper_pid, b->keeper_pid);
	ck_assert_int_eq(a->keeper_start, b->keeper_start);
	ck_assert_int_eq(a->started_at, b->started_at);
	ck_assert_int_eq(a->main_exited, b->main_exited);
	ck_assert_int_eq(a->main_pid, b->main_pid);
	ck_assert_int_eq(a->exit_code, b->exit_code);
	ck_assert_int_eq(a->exit_signal, b->exit_signal);
	ck_assert_int_eq(a->main_ended_at, b->main_ended_at);
	ck_assert_int_eq(a->spawn_errno, b->spawn_errno);
	ck_assert_int_eq(a->ended_at, b->ended_at);
	ck_assert_int_eq(a->elapsed, b->elapsed);
	ck_assert_int_eq(a->utime, b->utime);
	ck_assert_int_eq(a->stime, b->stime);
	ck_assert_int_eq(a->maxrss_kb, b->maxrss_kb);
	ck_assert_int_eq(a->leftovers, b->leftovers);
	ck_assert_int_eq(a->unkillable, b->unkillable);
}

START_TEST(all_pieces_come_back)
{
	struct exitrec rec = sample(), got;
	char text[8192];

	write_all(&rec);
	ck_assert_int_eq(jsonscan_check(text, get_file(text, sizeof(text)),
			     &err),
	    0);
	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), 0);
	ck_assert(got.complete);
	assert_same(&got, &rec);
}
END_TEST

START_TEST(main_may_be_missing)
{
	struct exitrec rec = sample(), got;
	int fd = create("", 0);

	ck_assert_int_eq(exitrec_write_claim(fd, &rec, &err), 0);
	ck_assert_int_eq(exitrec_write_outcome(fd, &rec, &err), 0);
	close(fd);
	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), 0);
	ck_assert(got.complete);
	ck_assert(!got.main_exited);
	ck_assert_int_eq(got.exit_code, -1);
	ck_assert_int_eq(got.exit_signal, 0);
	ck_assert_int_eq(got.main_pid, 0);
	ck_assert_int_eq(got.stop_reason, STOP_USER);
}
END_TEST

START_TEST(numbers_keep_their_range)
{
	struct exitrec rec = sample(), got;

	rec.exit_code = -1;
	rec.elapsed = INT64_MAX;
	rec.utime = INT64_MIN;
	rec.stime = 0;
	write_all(&rec);
	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), 0);
	assert_same(&got, &rec);
}
END_TEST

static void
fill(char *text, size_t size, int c)
{
	memset(text, c, size - 1);
	text[size - 1] = '\0';
}

static struct exitrec
largest(int c)
{
	struct exitrec rec = { .main_exited = false };

	fill(rec.machine.id, sizeof(rec.machine.id), c);
	fill(rec.machine.boot, sizeof(rec.machine.boot), c);
	fill(rec.machine.pidns, sizeof(rec.machine.pidns), c);
	fill(rec.cgroup, sizeof(rec.cgroup), c);
	fill(rec.keeper_version, sizeof(rec.keeper_version), c);
	fill(rec.commands, sizeof(rec.commands), c);
	rec.stop_reason = STOP_OUTPUT_LIMIT; /* the longest word */
	fill(rec.spawn_stage, sizeof(rec.spawn_stage), c);
	fill(rec.leftover_names, sizeof(rec.leftover_names), c);
	fill(rec.note, sizeof(rec.note), c);
	rec.version = rec.keeper_pid = rec.keeper_start = INT64_MIN;
	rec.started_at = rec.main_pid = rec.exit_code = INT64_MIN;
	rec.exit_signal = rec.main_ended_at = rec.spawn_errno = INT64_MIN;
	rec.ended_at = rec.elapsed = rec.utime = rec.stime = INT64_MIN;
	rec.maxrss_kb = rec.leftovers = rec.unkillable = INT64_MIN;
	return rec;
}

START_TEST(no_record_outgrows_its_room)
{
	static const unsigned char bytes[] = { 'x', '"', '\\', 1, 0xff };
	struct exitrec rec = largest(bytes[_i]), got;
	char text[8192];
	size_t len;

	write_all(&rec);
	len = get_file(text, sizeof(text));
	ck_assert_uint_le(len, EXITREC_MAX_BYTES);
	ck_assert_int_eq(jsonscan_check(text, len, &err), 0);
	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), 0);
	ck_assert(got.complete);
	if (bytes[_i] == 0xff)
		fill(rec.note, sizeof(rec.note), '?');
	if (bytes[_i] != 1)
		ck_assert_str_eq(got.note, rec.note);
	ck_assert_uint_gt(strlen(got.note), 80);
}
END_TEST

START_TEST(a_cut_keeps_what_is_whole)
{
	struct exitrec rec = sample(), got;
	char text[8192];
	size_t len, cut;

	write_all(&rec);
	len = get_file(text, sizeof(text));
	ck_assert_int_eq(text[len - 1], '\n');
	for (cut = 1; cut < len - 1; cut++) {
		create_closed(text, cut);
		ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), 0);
		ck_assert(!got.complete);
		ck_assert(got.main_exited ==
		    (cut > (size_t)(strstr(text, ":true,") - text) + 5));
		ck_assert(got.keeper_pid == 0 || got.keeper_pid == 101);
		ck_assert(got.exit_code == -1 || got.exit_code == 3);
		ck_assert(got.note[0] == '\0');
	}
	ck_assert_int_eq(got.unkillable, 111);
	create_closed(text, len - 1);
	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), 0);
	ck_assert(got.complete);
}
END_TEST

START_TEST(zeros_after_a_power_cut)
{
	struct exitrec rec = sample(), got;
	char text[8192];
	size_t len;

	write_all(&rec);
	len = get_file(text, sizeof(text));
	memset(text + 200, 0, len - 200);
	create_closed(text, len);
	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), 0);
	ck_assert(!got.complete);
	ck_assert_int_eq(got.keeper_pid, 101);
	memset(text, 0, len);
	create_closed(text, len);
	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), 0);
	ck_assert(!got.complete);
	ck_assert_int_eq(got.keeper_pid, 0);
	ck_assert_int_eq(got.exit_code, -1);
}
END_TEST

START_TEST(unknown_members_pass)
{
	struct exitrec got;

	put_file("{\"version\":2,\"new\":{\"a\":[1,\"}\"]},\"exit_code\":7}");
	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), 0);
	ck_assert(got.complete);
	ck_assert_int_eq(got.version, 2);
	ck_assert_int_eq(got.exit_code, 7);
}
END_TEST

START_TEST(reasons_come_back)
{
	struct exitrec rec = sample(), got;
	int reason;

	for (reason = STOP_NONE; reason <= STOP_UNKNOWN; reason++) {
		rec.stop_reason = (enum stop_reason)reason;
		write_all(&rec);
		ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), 0);
		ck_assert_int_eq(got.stop_reason, reason);
	}
	put_file("{\"version\":1,\"stop_reason\":\"a word of tomorrow, or of "
		 "the day after it\"}");
	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), 0);
	ck_assert_int_eq(got.stop_reason, STOP_UNKNOWN);
}
END_TEST

START_TEST(damaged_is_invalid)
{
	static const char *const texts[] = {
		"hello",
		"[1,2]",
		"[1,2",
		"{\"version\":1,junk,\"a\":1}",
		"{\"version\":\"1\"}",
		"{\"exit_code\":1.5}",
		"{\"note\":7}",
		"{\"stop_reason\":7}",
		"{\"main_exited\":1}",
		"7",
	};
	struct exitrec got = sample();

	put_file(texts[_i]);
	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), -1);
	ck_assert_int_eq(err.code, ERR_INVALID);
	ck_assert_int_eq(strncmp(err.text, "run: ", 5), 0);
	ck_assert_int_eq(got.leftovers, 108);
}
END_TEST

START_TEST(too_long_is_invalid)
{
	char text[EXITREC_MAX_BYTES + 1];
	struct exitrec got;

	memset(text, ' ', sizeof(text));
	memcpy(text, "{}", 2);
	create_closed(text, sizeof(text));
	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), -1);
	ck_assert_int_eq(err.code, ERR_INVALID);
	create_closed(text, sizeof(text) - 1);
	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), 0);
}
END_TEST

START_TEST(absent_or_empty_is_not_found)
{
	struct exitrec got;

	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), -1);
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	create_closed("", 0);
	ck_assert_int_eq(exitrec_read(dirfd_, "run", &got, &err), -1);
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
}
END_TEST

START_TEST(links_and_fifos_are_refused)
{
	struct exitrec got;

	put_file("{}");
	ck_assert_int_eq(symlinkat("run", dirfd_, "link"), 0);
	ck_assert_int_eq(exitrec_read(dirfd_, "link", &got, &err), -1);
	ck_assert_int_eq(err.code, ERR_INVALID);
	unlinkat(dirfd_, "link", 0);
	ck_assert_int_eq(mkfifoat(dirfd_, "link", 0600), 0);
	ck_assert_int_eq(exitrec_read(dirfd_, "link", &got, &err), -1);
	ck_assert_int_eq(err.code, ERR_INVALID);
}
END_TEST

START_TEST(a_failed_piece_leaves_nothing)
{
	struct exitrec rec = sample();
	char text[EXITREC_MAX_BYTES] = "", got[8192];
	int fd;

	memset(text, ' ', sizeof(text));
	fd = create(text, sizeof(text) - 20);
	ck_assert_int_eq(exitrec_write_claim(fd, &rec, &err), -1);
	ck_assert_int_eq(err.code, ERR_LIMIT);
	close(fd);
	ck_assert_uint_eq(get_file(got, sizeof(got)), sizeof(text) - 20);
	fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(exitrec_write_claim(fd, &rec, &err), -1);
	ck_assert_int_eq(err.code, ERR_SYSTEM);
	close(fd);
}
END_TEST

UNIT_SUITE
{
	TCase *tc = unit_suite("exitrec", setup, teardown, all_pieces_come_back,
	    main_may_be_missing, numbers_keep_their_range,
	    a_cut_keeps_what_is_whole, zeros_after_a_power_cut,
	    unknown_members_pass, reasons_come_back, too_long_is_invalid,
	    absent_or_empty_is_not_found, links_and_fifos_are_refused,
	    a_failed_piece_leaves_nothing, NULL);

	tcase_add_loop_test(tc, no_record_outgrows_its_room, 0, 5);
	tcase_add_loop_test(tc, damaged_is_invalid, 0, 10);
}
