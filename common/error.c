/*
 * Filling the error object.  See error.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"

void
error_clear(struct error *err)
{
	err->code = ERR_NONE;
	err->errnum = 0;
	err->text[0] = '\0';
}

bool
errno_passes(int errnum)
{
	switch (errnum) {
	case EMFILE:  /* this process has no descriptor left */
	case ENFILE:  /* the machine has none */
	case ENOMEM:  /* the kernel has no memory */
	case ENOBUFS: /* it has none for a socket */
	case EAGAIN:  /* fork(2): the user has too many processes */
	case ENOSPC:  /* epoll_ctl(2): the user's watches are used up */
		return true;
	default:
		return false;
	}
}

bool
error_passes(const struct error *err)
{
	return err->code == ERR_OURS || errno_passes(err->errnum);
}

void
fail(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	err->errnum = 0;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
}

void
fail_errno(struct error *err, const char *fmt, ...)
{
	int saved = errno;
	size_t len;
	va_list ap;

	err->code = ERR_SYSTEM;
	err->errnum = saved;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s",
	    strerror(saved));
}

void
fail_add(struct error *err, enum error_code code, const char *fmt, ...)
{
	size_t len = strlen(err->text), left;
	va_list ap;
	int n;

	if (err->code == ERR_NONE)
		err->code = code;
	if (len != 0 && len < sizeof(err->text) - 2) {
		memcpy(err->text + len, "; ", 3);
		len += 2;
	}
	left = sizeof(err->text) - len;
	va_start(ap, fmt);
	n = vsnprintf(err->text + len, left, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= left)
		memcpy(err->text + sizeof(err->text) - 4, "...", 4);
}

void
fail_prefix(struct error *err, const char *fmt, ...)
{
	char old[ERROR_TEXT_SIZE];
	size_t len;
	va_list ap;

	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", old);
}
