/*
 * Writing text.  See print.h.
 */
#include <stdarg.h>
#include <string.h>

#include "common/io.h"
#include "keeper/print.h"

void
print_strings(int fd, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fd);
	while ((text = va_arg(ap, const char *)) != NULL)
		if (io_write(fd, text, strlen(text)) != 0)
			break;
	va_end(ap);
}
