/*
 * Writing text.  See say.h.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "keeper/say.h"

static void
write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, text, len);
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
}

void
say(int fd, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fd);
	while ((text = va_arg(ap, const char *)) != NULL)
		write_all(fd, text, strlen(text));
	va_end(ap);
}
