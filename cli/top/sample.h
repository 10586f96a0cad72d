/*
 * What is read of running tasks again and again, while somebody looks.
 */
#ifndef CLI_TOP_SAMPLE_H
#define CLI_TOP_SAMPLE_H

#include <stdbool.h>

struct feed;
struct model;

/* Last lines, and (figures) what is used of the machine. */
void sample(struct model *model, bool figures);

/* Has the next refresh ask for agents that have done something. */
bool sample_agents(struct model *model, struct feed *feed);

#endif
