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
	struct stat st;

	read_line("/etc/machine-id", machine->id, sizeof(machine->id));
	read_line("/proc/sys/kernel/random/boot_id", machine->boot,
	    sizeof(machine->boot));
	machine->pidns[0] = '\0';
	if (stat("/proc/self/ns/pid", &st) == 0)
		snprintf(machine->pidns, sizeof(machine->pidns), "%ju",
		    (uintmax_t)st.st_ino);
}

bool
machine_is_other(const struct machine *there, const struct machine *here)
{
	return strcmp(there->id, here->id) != 0 ||
	    (strcmp(there->boot, here->boot) == 0 &&
		strcmp(there->pidns, here->pidns) != 0);
}
