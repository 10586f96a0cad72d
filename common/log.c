/*
 * The log.  A line is one write(2), so lines of several processes in one
 * file do not mix.  See log.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

#define LINE_SIZE 2048

static const char *name = "ccproc";
static bool debugging;
static bool stamps;

void
log_init(const char *program, bool debug, bool stamped)
{
	name = program;
	debugging = debug;
	stamps = stamped;
}

void
log_set_debug(bool debug)
{
	debugging = debug;
}

bool
log_debugging(void)
{
	return debugging;
}

static size_t
stamp(char *line, size_t size)
{
	struct timespec now;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &tm);
	return n +
	    (size_t)snprintf(line + n, size - n, ".%03ldZ ",
		now.tv_nsec / 1000000);
}

static void emit(const char *, int, const char *, va_list)
    __attribute__((format(printf, 3, 0)));

static void
emit(const char *level, int errnum, const char *fmt, va_list ap)
{
	char line[LINE_SIZE];
	size_t n = 0, size = sizeof(line) - 1; /* keeps room for the newline */

	if (stamps)
		n = stamp(line, size);
	n += (size_t)snprintf(line + n, size - n, "%s: %s", name, level);
	n += (size_t)vsnprintf(line + n, size - n, fmt, ap);
	if (n < size && errnum != 0)
		n += (size_t)snprintf(line + n, size - n, ": %s",
		    strerror(errnum));
	if (n >= size)
		n = size - 1;
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, n) == -1)
		return; /* nowhere left to say it */
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!debugging)
		return;
	va_start(ap, fmt);
	emit("debug: ", 0, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("", 0, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	emit("warning: ", saved, fmt, ap);
	va_end(ap);
}

void
log_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("warning: ", 0, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	emit("fatal: ", saved, fmt, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("fatal: ", 0, fmt, ap);
	va_end(ap);
	exit(1);
}
