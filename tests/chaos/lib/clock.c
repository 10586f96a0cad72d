/*
 * A wall clock of one's own, for LD_PRELOAD: what the file $CCPROC_CHAOS_CLOCK says
 * is added, in seconds.  Other clocks, and the times of files, go on.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *ahead_s;

__attribute__((constructor)) static void
begin(void)
{
	const char *name = getenv("CCPROC_CHAOS_CLOCK");
	int fd = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
	void *map = MAP_FAILED;

	if (fd != -1) {
		map = mmap(NULL, sizeof(*ahead_s), PROT_READ, MAP_SHARED, fd,
		    0);
		close(fd);
	}
	if (map != MAP_FAILED)
		ahead_s = map;
}

int
clock_gettime(clockid_t id, struct timespec *now)
{
	static int (*real)(clockid_t, struct timespec *);
	int status;

	if (real == NULL)
		real = dlsym(RTLD_NEXT, "clock_gettime");
	status = real(id, now);
	if (status == 0 && id == CLOCK_REALTIME && ahead_s != NULL)
		now->tv_sec += *ahead_s;
	return status;
}

time_t
time(time_t *at)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (at != NULL)
		*at = now.tv_sec;
	return now.tv_sec;
}

int
gettimeofday(struct timeval *restrict at, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	at->tv_sec = now.tv_sec;
	at->tv_usec = now.tv_nsec / 1000;
	return 0;
}
