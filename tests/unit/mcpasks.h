/*
 * A server whose tools, prompt and resources ask, for the tests of that:
 * "kill" asks if it may, with a state unless its id is 0, and tells what it
 * heard; "curious" asks all other kinds; "late" goes away first.
 */
#ifndef TESTS_UNIT_MCPASKS_H
#define TESTS_UNIT_MCPASKS_H

#include "mcp/ask.h"

#define MCPASKS_SCHEMA "{\"type\":\"object\",\"properties\":{}}"

extern const struct mcp_ask mcpasks_ok;

/* The setup of a test; mcppeer_close is its teardown. */
void mcpasks_open(void);
/* Sends a request with those params. */
void mcpasks_request(int id, const char *method, const char *params);
/* Expects part in the only line that was sent. */
void mcpasks_expect_part(const char *part);
/* The call of "late" that is open, and how many were cancelled. */
struct mcp_call *mcpasks_late(void);
int mcpasks_cancelled(void);

#endif
