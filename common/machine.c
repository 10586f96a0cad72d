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
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		n = read(fd, line, size - 1);
		close(fd);
	}
	line[n < 0 ? 0 : n] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

void
machine_read(struct machine *machine)
{
	/* none of it changes during the life of a process */
	static struct machine here;
	struct stat st;

	if (here.boot[0] == '\0') {
		read_line("/etc/machine-id", here.id, sizeof(here.id));
		read_line("/proc/sys/kernel/random/boot_id", here.boot,
		    sizeof(here.boot));
		if (stat("/proc/self/ns/pid", &st) == 0)
			snprintf(here.pidns, sizeof(here.pidns), "%ju",
			    (uintmax_t)st.st_ino);
	}
	*machine = here;
}

bool
machine_is_other(const struct machine *there, const struct machine *here)
{
	return strcmp(there->id, here->id) != 0 ||
	    (strcmp(there->boot, here->boot) == 0 &&
		strcmp(there->pidns, here->pidns) != 0);
}
