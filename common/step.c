/*
 * Named steps.  See step.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/keeperctl.h"
#include "common/step.h"

#define VARIABLE "CCPROC_STEP"
#define PREFIX "step:"
#define LIST_BYTES 1024
#define ITEMS_MAX 32

extern char **environ;

/* The entry of the list for one step. */
struct item {
	size_t index; /* in the list */
	unsigned n;
	int signo;
};

/* Arrivals are counted for as long as the list stays what it is. */
static char last[LIST_BYTES];
static unsigned counts[ITEMS_MAX];

/* Reads the beginning of a file as a string; false when there is none. */
static bool
read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

/* The list, and the file that it comes from or NULL; false: there is none. */
static bool
read_list(char *list, const char **file)
{
	const char *value = getenv(VARIABLE);

	*file = NULL;
	list[0] = '\0';
	if (value == NULL)
		return false;
	if (value[0] == '@') {
		*file = value + 1;
		if (!read_text(*file, list, LIST_BYTES))
			list[0] = '\0';
	} else
		snprintf(list, LIST_BYTES, "%s", value);
	if (strcmp(list, last) != 0) {
		memcpy(last, list, LIST_BYTES);
		memset(counts, 0, sizeof(counts));
	}
	return list[0] != '\0';
}

/* Takes one item, such as `name:3=stop', apart. */
static bool
parse(const char *text, const char *name, struct item *item)
{
	size_t len = strlen(name);
	char *end;

	item->n = 1;
	if (strncmp(text, name, len) != 0)
		return false;
	text += len;
	if (*text == ':') {
		item->n = (unsigned)strtoul(text + 1, &end, 10);
		text = end;
	}
	item->signo = strncmp(text, "=stop", 5) == 0 ? SIGSTOP : SIGKILL;
	return *text == '=';
}

static bool
find(const char *list, const char *name, struct item *item)
{
	item->index = 0;
	for (; list != NULL && item->index < ITEMS_MAX; item->index++) {
		if (parse(list, name, item))
			return true;
		list = strchr(list, ',');
		if (list != NULL)
			list++;
	}
	return false;
}

static void
report(const char *file, const char *name)
{
	char path[PATH_MAX], fired[PATH_MAX], text[8192];
	size_t len;
	ssize_t n;
	int fd;

	len = (size_t)snprintf(text, sizeof(text), "%s%c%d", name, '\0',
		  (int)getpid()) +
	    1;
	fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	n = read(fd, text + len, sizeof(text) - len);
	close(fd);
	len += (size_t)(n > 0 ? n : 0);
	/* a keeper's command line names no folder */
	if (getenv(KEEPER_VARIABLE) != NULL)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
			   "-d%c%s", '\0', getenv(KEEPER_VARIABLE)) +
		    1;
	snprintf(path, sizeof(path), "%s.claimed", file);
	snprintf(fired, sizeof(fired), "%s.fired", file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (write(fd, text, len) > 0)
		rename(path, fired);
	close(fd);
}

/* Several processes may arrive at the same time: one of them acts. */
static bool
claim(const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s.claimed", file);
	return rename(file, path) == 0;
}

void
step_reached(const char *step)
{
	const char *file, *name = step + strlen(PREFIX);
	char list[LIST_BYTES];
	struct item item;
	int saved = errno;

	if (read_list(list, &file) && find(list, name, &item) &&
	    ++counts[item.index] == item.n && (file == NULL || claim(file))) {
		if (file != NULL)
			report(file, name);
		kill(getpid(), item.signo);
	}
	errno = saved;
}

size_t
step_half(const char *step, size_t len)
{
	const char *file;
	char list[LIST_BYTES];
	struct item item;
	int saved = errno;
	bool now = read_list(list, &file) &&
	    find(list, step + strlen(PREFIX), &item) &&
	    counts[item.index] + 1 == item.n;

	errno = saved;
	return now ? (len + 1) / 2 : len;
}
