/*
 * What every tool needs of its call.
 */
#ifndef DAEMON_REPLY_TOOL_H
#define DAEMON_REPLY_TOOL_H

#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "json/schema.h"
#include "mcp/mcp.h"

struct error;
struct session;
struct task;

/* clang-format off */
/* Rows of arguments that several tools have; m is the member. */
#define WAIT_FIELD(s, m, ...) \
	{ .name = "wait_s", .type = FIELD_INTEGER, \
	    .offset = FIELD_AT(s, m, int64_t), .max = CALL_MAX_WAIT_S, \
	    __VA_ARGS__ }
#define RESULT_CHARS_FIELD(s, m, ...) \
	{ .name = "result_chars", .type = FIELD_INTEGER, \
	    .offset = FIELD_AT(s, m, int64_t), .min = TEXT_MIN_CHARS, \
	    .max = TEXT_MAX_CHARS, .absent = RESULT_CHARS, __VA_ARGS__ }
/* clang-format on */

/*
 * An end that was seen only after this (wall clock, ms) is news to the call: if
 * an earlier daemon has had the call, its answer may have been lost.
 */
int64_t tool_since(const struct mcp_call *call);
/* The session of a call; borrows. */
const struct session *tool_session(const struct mcp_call *call);
/* Notes that the answer of a call tells of the questions of these tasks. */
void tool_told(const struct mcp_call *call, struct task *const *tasks,
    size_t n);
/* The wait_s of the next call that an answer names. */
int tool_next_wait_s(const struct mcp_call *call);
/* Answers with isError and err's text. */
struct mcp_reply tool_failure(struct mcp_call *call, const struct error *err)
    __attribute__((warn_unused_result));

#endif
