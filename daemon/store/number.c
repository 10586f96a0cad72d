/*
 * The store: numbers of tasks.  The last one is in seq; see number.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/store/files.h"
#include "daemon/store/index.h"
#include "daemon/store/name.h"
#include "daemon/store/number.h"

static int seqfd = -1;
static uint64_t last_number;
static char newest_day[sizeof("YYYY-MM-DD")]; /* of which there is a folder */

int
store_open_seq(struct error *err)
{
	store_close_seq();
	seqfd = openat(store_rootfd(), "seq",
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (seqfd == -1) {
		fail_errno(err, "cannot open %s/seq", store_root());
		return -1;
	}
	return 0;
}

void
store_close_seq(void)
{
	if (seqfd != -1)
		close(seqfd);
	seqfd = -1;
}

void
store_forget_numbers(void)
{
	last_number = 0;
	newest_day[0] = '\0';
}

bool
store_has_seq(void)
{
	return store_has("seq", seqfd);
}

static bool
is_day(const char *name)
{
	return strlen(name) == strlen("YYYY-MM-DD") &&
	    strspn(name, "0123456789-") == strlen(name) && name[4] == '-' &&
	    name[7] == '-';
}

static int
find_newest_day(struct error *err)
{
	char **days, **day;

	if (store_read_days(&days, err) != 0)
		return -1;
	for (day = days; day != NULL && *day != NULL; day++)
		if (is_day(*day)) {
			strcpy(newest_day, *day);
			break;
		}
	strv_free(days);
	return 0;
}

char *
store_day_for(const char *day)
{
	if (strcmp(day, newest_day) > 0)
		snprintf(newest_day, sizeof(newest_day), "%s", day);
	return xstrdup(newest_day);
}

/*
 * Raises the last number to the highest of live/.  A lost or damaged seq is
 * made anew from it and from the names of all tasks, which are known later.
 */
static int
look_among_live(struct error *err)
{
	struct store_names names = { 0 };
	int result = store_read_names("live", &names, err);
	size_t i;

	for (i = 0; i < names.n; i++)
		if (names.items[i].number > last_number)
			last_number = names.items[i].number;
	free(names.items);
	return result;
}

int
store_read_seq(struct error *err)
{
	char text[32] = "";
	uint64_t number;

	if (pread(seqfd, text, sizeof(text) - 1, 0) == -1) {
		fail_errno(err, "cannot read %s/seq", store_root());
		return -1;
	}
	number = strtoull(text, NULL, 10);
	if (number > last_number)
		last_number = number;
	if (find_newest_day(err) != 0)
		return -1;
	return look_among_live(err);
}

static int
write_number(uint64_t number, struct error *err)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%020" PRIu64 "\n", number);

	if (pwrite(seqfd, text, (size_t)len, 0) == len)
		return 0;
	fail_errno(err, "cannot number a new task in %s/seq", store_root());
	return -1;
}

int
store_write_seq(struct error *err)
{
	uint64_t last = store_last_number();

	return last == 0 ? 0 : write_number(last, err);
}

int
store_take_numbers(uint64_t upto, struct error *err)
{
	if (store_look() != STORE_THERE) {
		fail(err, ERR_SYSTEM,
		    "the state directory %s was removed or moved away; new "
		    "tasks are refused until it is there again",
		    store_root());
		return -1;
	}
	if (index_know(err) != 0)
		return -1;
	if (upto <= store_last_number())
		return 0;
	if (write_number(upto, err) != 0)
		return -1;
	STEP("number-written");
	last_number = upto;
	return 0;
}

int
store_next_number(uint64_t *number, struct error *err)
{
	if (index_know(err) != 0 ||
	    store_take_numbers(store_last_number() + 1, err) != 0)
		return -1;
	*number = last_number;
	return 0;
}

uint64_t
store_last_number(void)
{
	if (index_highest() > last_number)
		last_number = index_highest();
	return last_number;
}
