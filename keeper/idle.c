/*
 * Idle tasks.  See idle.h.
 *
 * The kernel notes by the wall clock when a file was last written, while a
 * span is one of CLOCK_MONOTONIC.  When the wall clock was set in between, or
 * the machine has slept, a write is known to be new, but not how old it is;
 * then it counts as one of this moment.
 *
 * An agent that has asked for a permission waits for a person, and says
 * nothing meanwhile: ask-N.json without an answer-N.json is no silence.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper/clock.h"
#include "keeper/idle.h"
#include "keeper/numbers.h"

/* Clocks that are set gently differ by less, between two looks. */
#define CLOCK_SET_MS 1000

static void
look_at(struct idle *idle, const struct stat *st)
{
	int64_t at = (int64_t)st->st_mtim.tv_sec * 1000 +
	    st->st_mtim.tv_nsec / 1000000;

	if (at > idle->written_at)
		idle->written_at = at;
	idle->bytes += st->st_size;
}

/* Whether a question has no answer; an answer is a sign of life. */
static bool
look_at_question(struct idle *idle, int dirfd, const char *name)
{
	char answer[64];
	struct stat st;

	snprintf(answer, sizeof(answer), "answer-%s", name + strlen("ask-"));
	if (fstatat(dirfd, answer, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return true;
	look_at(idle, &st);
	return false;
}

/* ask-N.json */
static bool
is_question(const char *name)
{
	size_t digits;

	if (strncmp(name, "ask-", 4) != 0)
		return false;
	digits = strspn(name + 4, "0123456789");
	return digits > 0 && digits < 20 &&
	    strcmp(name + 4 + digits, ".json") == 0;
}

static bool
look_at_questions(struct idle *idle)
{
	struct numbers files;
	const char *name;
	bool open = false;

	if (!numbers_open(&files, idle->dir))
		return false;
	while ((name = numbers_next_name(&files, DT_REG)) != NULL)
		if (is_question(name) && look_at_question(idle, files.fd, name))
			open = true;
	numbers_close(&files);
	return open;
}

/* Whether it waits for a person. */
static bool
look(struct idle *idle)
{
	struct stat st;
	int i;

	idle->written_at = idle->bytes = 0;
	for (i = 0; i < 2; i++)
		if (fstat(idle->fds[i], &st) == 0)
			look_at(idle, &st);
	idle->ahead = clock_ms(CLOCK_REALTIME) - clock_ms(CLOCK_MONOTONIC);
	return look_at_questions(idle);
}

static void
not_idle(struct idle *idle, int64_t at)
{
	idle->since = at;
	idle->due = at + idle->span;
}

void
idle_init(struct idle *idle, unsigned span_s, const char *dir, const int *fds)
{
	*idle = (struct idle){ .dir = dir, .fds = fds, .due = CLOCK_NEVER };
	idle->span = (int64_t)span_s * 1000;
	if (span_s == 0)
		return;
	look(idle);
	not_idle(idle, clock_ms(CLOCK_MONOTONIC));
}

/* When it last was not idle. */
static int64_t
last_sign(const struct idle *idle, const struct idle *before, int64_t now)
{
	int64_t set = idle->ahead - before->ahead;
	int64_t at = idle->written_at - idle->ahead;

	if (idle->written_at == before->written_at &&
	    idle->bytes == before->bytes)
		return before->since;
	if (set > CLOCK_SET_MS || set < -CLOCK_SET_MS || at > now)
		return now;
	return at > before->since ? at : before->since;
}

bool
idle_expired(struct idle *idle)
{
	const struct idle before = *idle;
	bool waits = look(idle);
	int64_t now = clock_ms(CLOCK_MONOTONIC);

	not_idle(idle, waits ? now : last_sign(idle, &before, now));
	return now >= idle->due;
}

void
idle_shift(struct idle *idle, int64_t ms)
{
	if (idle->span > 0)
		not_idle(idle, idle->since + ms);
}
