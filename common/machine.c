/*
 * Who we are to other machines.  See machine.h.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/machine.h"

/* The first line of a file, "" when it cannot be read. */
static void
read_line(const char *path, char *line, size_t size)
{
	ssize_t n = -1;
	int fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		n = read(fd, line, size - 1);
		close(fd);
	}
	line[n < 0 ? 0 : n] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

/* None of it changes during the life of a process. */
static struct machine ours;

void
machine_read(struct machine *machine)
{
	struct stat st;

	if (ours.boot[0] == '\0') {
		read_line("/etc/machine-id", ours.id, sizeof(ours.id));
		read_line("/proc/sys/kernel/random/boot_id", ours.boot,
		    sizeof(ours.boot));
		if (stat("/proc/self/ns/pid", &st) == 0)
			snprintf(ours.pidns, sizeof(ours.pidns), "%ju",
			    (uintmax_t)st.st_ino);
	}
	*machine = ours;
}

void
machine_print(char text[MACHINE_SIZE])
{
	struct machine machine;

	machine_read(&machine);
	snprintf(text, MACHINE_SIZE, "%s %s %s", machine.id, machine.boot,
	    machine.pidns);
}

/* Copies up to a character that ends it; false: it is too long. */
static bool
take_word(const char **text, char end, char *word, size_t size)
{
	const char *at = strchrnul(*text, end);
	size_t len = (size_t)(at - *text);

	if (*at != end || len >= size)
		return false;
	memcpy(word, *text, len);
	word[len] = '\0';
	*text = at + 1;
	return true;
}

bool
machine_take(const char *text)
{
	struct machine told = { "", "", "" };

	if (!take_word(&text, ' ', told.id, sizeof(told.id)) ||
	    !take_word(&text, ' ', told.boot, sizeof(told.boot)) ||
	    !take_word(&text, '\0', told.pidns, sizeof(told.pidns)))
		return false;
	ours = told;
	return true;
}

bool
machine_is_other(const struct machine *there, const struct machine *here)
{
	return strcmp(there->id, here->id) != 0 ||
	    (strcmp(there->boot, here->boot) == 0 &&
		strcmp(there->pidns, here->pidns) != 0);
}
