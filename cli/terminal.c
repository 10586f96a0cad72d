/*
 * The terminal.  See terminal.h.
 */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "common/error.h"

#define DEFAULT_WIDTH 80
#define WIDTH_MAX 10000

int
terminal_check_colours(const char *value, struct error *err)
{
	if (value == NULL || strcmp(value, "auto") == 0 ||
	    strcmp(value, "always") == 0 || strcmp(value, "never") == 0)
		return 0;
	fail(err, ERR_INVALID,
	    "--color: expected " TERMINAL_COLOURS ", got '%.60s'", value);
	return -1;
}

bool
terminal_is_dumb(void)
{
	const char *term = getenv("TERM");

	return term != NULL &&
	    (strcmp(term, "dumb") == 0 || strcmp(term, "unknown") == 0);
}

bool
terminal_coloured(int fd, const char *value)
{
	const char *no = getenv("NO_COLOR"); /* no-color.org: not empty */

	if (value != NULL && strcmp(value, "auto") != 0)
		return strcmp(value, "always") == 0;
	return (no == NULL || *no == '\0') && !terminal_is_dumb() && isatty(fd);
}

size_t
terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	long n = columns == NULL ? 0 : strtol(columns, NULL, 10);
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		return size.ws_col > 0 ? size.ws_col : DEFAULT_WIDTH;
	return n > 0 && n < WIDTH_MAX ? (size_t)n : 0;
}

bool
terminal_is_utf8(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}
