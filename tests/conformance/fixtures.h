/*
 * A server with what the official conformance suite calls by name, for the
 * tests of mcp/.  Names, texts and timing are the suite's.
 */
#ifndef TESTS_CONFORMANCE_FIXTURES_H
#define TESTS_CONFORMANCE_FIXTURES_H

#include <stddef.h>

#include "mcp/ask.h"
#include "mcp/content.h"
#include "mcp/mcp.h"

struct event_base;
struct json_object;

/* fixtures.c: the server; its tables are copies that may change. */
const struct mcp_info *fixtures_info(void);
void fixtures_init(struct event_base *base);
/* Adds or removes dynamic_tool and dynamic_prompt, and sends the notices. */
void fixtures_toggle(enum mcp_list list);

/* bytes.c: one grey pixel, and silence. */
extern const unsigned char fixture_png[];
extern const size_t fixture_png_len;
extern const unsigned char fixture_wav[];
extern const size_t fixture_wav_len;

/* Tables that end with NULL. */
extern const struct mcp_tool *const content_tools[];
extern const struct mcp_tool *const elicit_tools[];
extern const struct mcp_tool *const mrtr_tools[];
extern const struct mcp_tool *const job_tools[];
extern const struct mcp_prompt *const fixture_prompts[];
extern const struct mcp_resources fixture_resources;
extern const struct mcp_tasks fixture_tasks;

/* elicit.c: whether all asks are answered; if not, *reply asks again. */
bool fixture_answered(struct mcp_call *call, const struct mcp_ask *asks,
    size_t n, const char *state, struct mcp_reply *reply);
/* The string key that was filled in for an ask, or "". */
const char *fixture_filled(struct mcp_call *call, const char *ask,
    const char *key);

/* resources.c: test://watched-resource has changed. */
void fixture_resource_changed(void);

/* jobs.c */
void jobs_init(struct event_base *base);

#define FORM(properties, required) \
	"{\"type\":\"object\",\"properties\":{" properties \
	"},\"required\":[" required "]}"
#define STRING_FORM(name) \
	FORM("\"" name "\":{\"type\":\"string\"}", "\"" name "\"")
#define BOOLEAN_FORM(name) \
	FORM("\"" name "\":{\"type\":\"boolean\"}", "\"" name "\"")

#endif
