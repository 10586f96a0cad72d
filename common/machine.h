/*
 * Who we are to other machines that see the same files: a pid means
 * something only with the boot and the pid namespace it was seen in.
 */
#ifndef COMMON_MACHINE_H
#define COMMON_MACHINE_H

#include <stdbool.h>

struct machine {
	char id[40];    /* /etc/machine-id, or "" when there is none */
	char boot[40];  /* /proc/sys/kernel/random/boot_id */
	char pidns[32]; /* the inode of /proc/self/ns/pid, decimal */
};

void machine_read(struct machine *machine);
/*
 * What is read there as text, and back: for a child that need not read it
 * again.  False: it is no such text.
 */
#define MACHINE_SIZE (sizeof(struct machine) + 2)
void machine_print(char text[MACHINE_SIZE]);
bool machine_take(const char *text);
/*
 * Whether what was seen there says nothing here: it is another machine, or
 * another container of this one.
 */
bool machine_is_other(const struct machine *there, const struct machine *here);

#endif
