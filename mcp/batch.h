/*
 * Inside of the library: a batch, which is several messages in one array and
 * their answers in one (2024-11-05 and 2025-03-26).
 */
#ifndef MCP_BATCH_H
#define MCP_BATCH_H

#include <stddef.h>
#include <stdint.h>

struct mcp_batch;

struct mcp_batch *batch_new(void);
/* One more answer is due. */
void batch_expect(struct mcp_batch *batch);
/*
 * An answer came (takes line), or will not come.  After the last one that was
 * due, the batch is freed, and the array of all answers is returned, a line
 * with *len bytes; NULL before, or when there are no answers.
 */
char *batch_answer(struct mcp_batch *batch, char *line, size_t *len);
char *batch_drop(struct mcp_batch *batch, size_t *len);
/* Bytes of the answers so far. */
size_t batch_size(const struct mcp_batch *batch);
/* A number for a request in it, which the session does not count. */
uint64_t batch_ordinal(struct mcp_batch *batch);

#endif
