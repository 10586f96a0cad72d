/*
 * Batches.  The answers are held back until the last one is there, and then go
 * out as one array.  See batch.h.
 */
#include <stdlib.h>
#include <time.h>

#include "common/mem.h"
#include "mcp/batch.h"

struct mcp_batch {
	unsigned due; /* answers that are still to come */
	struct buf answers;
	uint64_t ordinal;
};

/*
 * The other end of a session counts lines that are requests, not what is in
 * an array.  The requests of a batch are numbered by the clock instead, with
 * a bit set that no count reaches, so that no two requests of a session get
 * the same number.
 */
static uint64_t
first_ordinal(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return UINT64_C(1) << 63 |
	    ((uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000)
	    << 8;
}

struct mcp_batch *
batch_new(void)
{
	struct mcp_batch *batch = xcalloc(1, sizeof(*batch));

	batch->ordinal = first_ordinal();
	return batch;
}

uint64_t
batch_ordinal(struct mcp_batch *batch)
{
	return batch->ordinal++;
}

size_t
batch_size(const struct mcp_batch *batch)
{
	return batch->answers.len;
}

void
batch_expect(struct mcp_batch *batch)
{
	batch->due++;
}

char *
batch_drop(struct mcp_batch *batch, size_t *len)
{
	char *line = NULL;

	if (--batch->due > 0)
		return NULL;
	if (batch->answers.len > 0) {
		buf_puts(&batch->answers, "]\n");
		*len = batch->answers.len;
		line = buf_steal(&batch->answers);
	}
	free(batch);
	return line;
}

char *
batch_answer(struct mcp_batch *batch, char *line, size_t *len)
{
	buf_puts(&batch->answers, batch->answers.len == 0 ? "[" : ",");
	buf_add(&batch->answers, line, *len - 1); /* without its newline */
	free(line);
	return batch_drop(batch, len);
}
