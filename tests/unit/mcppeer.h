/*
 * A peer whose sent lines are kept, and a few tools, for the tests of mcp/.
 */
#ifndef TESTS_UNIT_MCPPEER_H
#define TESTS_UNIT_MCPPEER_H

#include <stdbool.h>
#include <stddef.h>

struct mcp_call;
struct mcp_info;
struct mcp_peer;

/* The _meta of a request of 2026-07-28, of a client that can do these. */
#define MODERN_META_OF(capabilities) \
	"\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":" \
	"\"2026-07-28\"," \
	"\"io.modelcontextprotocol/clientCapabilities\":{" capabilities "}}"
#define MODERN_META MODERN_META_OF("")
#define TASKS_ABILITY "\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}"
/* The end of every modern result, after its own members. */
#define MODERN_END \
	"\"resultType\":\"complete\",\"_meta\":{" \
	"\"io.modelcontextprotocol/serverInfo\":{\"name\":\"test\"," \
	"\"title\":\"A test\",\"version\":\"1.2\"}}}}"

/* Makes and frees the peer: setup and teardown of a test. */
void mcppeer_open(void);
/* The same of another server, which says the same of itself. */
void mcppeer_open_with(const struct mcp_info *info);
void mcppeer_close(void);

/* Frees it in the middle of a test. */
void mcppeer_free(void);
struct mcp_peer *mcppeer(void);

void mcppeer_line(const char *line);
/* initialize, whose answer is dropped. */
void mcppeer_initialize(void);
/* Sends notifications/initialized, too; capabilities are a JSON text. */
void mcppeer_initialize_as(const char *version, const char *capabilities);

/* The number of lines not read yet; the oldest one, which is read then. */
size_t mcppeer_sent(void);
const char *mcppeer_next(void);

/* Expects exactly that as the only line sent. */
void mcppeer_expect(const char *line);
void mcppeer_expect_nothing(void);
/* Sends a line and expects one back. */
void mcppeer_exchange(const char *line, const char *answer);
/* Sends a line; what comes back must have that text in it. */
void mcppeer_exchange_part(const char *line, const char *part);

/* The open call of the tool "later"; its answer. */
struct mcp_call *mcppeer_open_call(void);
void mcppeer_answer(const char *text);
/* The number of calls of "late" that were cancelled. */
int mcppeer_cancelled(void);

#endif
