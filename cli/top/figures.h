/*
 * What running tasks use of the machine: by the cgroup of a task where it has
 * one, else by the processes below its keeper.
 */
#ifndef CLI_TOP_FIGURES_H
#define CLI_TOP_FIGURES_H

#include <stdint.h>

struct row;

/* Reads those of a row; of one that does not run they are forgotten. */
void figures_read(struct row *row, int64_t now_us);

#endif
