/*
 * Lines on their way out: bytes that wait until the reader takes them.
 * Counts what it has seen, so that a caller can tell what was sent.
 */
#ifndef BRIDGE_QUEUE_H
#define BRIDGE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mem.h"

struct queue {
	struct buf buf;
	size_t written; /* bytes at the beginning of buf that are gone */
	uint64_t total; /* bytes ever added */
};

void queue_add(struct queue *queue, const void *data, size_t len);
/* Bytes that wait. */
size_t queue_left(const struct queue *queue);
/* How many of all bytes ever added are written. */
uint64_t queue_written(const struct queue *queue);
/* Puts a partly written line back: its reader drops half a line. */
void queue_rewind(struct queue *queue);
/* Forgets and frees what waits. */
void queue_clear(struct queue *queue);

/*
 * Writes what fd takes without blocking and without O_NONBLOCK, which
 * others who share fd would get too.  -1: the reader is gone.
 */
int queue_flush(struct queue *queue, int fd, bool is_socket);

#endif
