/*
 * Named steps: points between two lasting effects, at which tests kill or
 * stop the process that arrives there.  Only a build that was configured
 * with --enable-test-steps has them; its binaries hold the names as strings
 * that begin with "step:", which is how tests list them.
 *
 * The environment variable CCPROC_STEP says what happens: a list, separated
 * by commas, of NAME[:N]=kill and NAME[:N]=stop, for the Nth (first) arrival
 * of this process.  It may also be @ and the absolute path of a file with
 * such a list, which is read at each arrival and acts once: whoever acts
 * takes the file away and leaves PATH.fired, which has the name of the step,
 * the process id and the command line, each ended by a NUL.
 */
#ifndef COMMON_STEP_H
#define COMMON_STEP_H

#include <stddef.h>

#ifdef CCPROC_TEST_STEPS
#define STEP(name) step_reached("step:" name)
/* A length to write, or half of it when the step comes after that. */
#define STEP_HALF(name, len) step_half("step:" name, len)
#else
#define STEP(name) ((void)0)
#define STEP_HALF(name, len) (len)
#endif

/* Leaves errno as it was. */
void step_reached(const char *step);

size_t step_half(const char *step, size_t len);

#endif
