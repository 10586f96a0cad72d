/*
 * How far something is, to a person who has waited for a while: a line of their
 * terminal, which is taken away again at the end.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	int64_t since; /* monotonic, ms */
	bool shown;
};

void progress_begin(struct progress *progress);
void progress_tell(struct progress *progress, size_t done, size_t all);
void progress_end(struct progress *progress);

#endif
