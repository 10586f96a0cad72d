/*
 * What the unit tests share: running a suite, a folder of a test's own.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <stddef.h>
#include <sys/resource.h>

#include <check.h>

#undef fail /* libcheck's, deprecated: it hides the one of error.h */

/*
 * Heads the function of a file that names its tests; it runs before main.
 * All files of a room are one program, which takes the names of the suites
 * to run, and runs all without one.
 */
#define UNIT_SUITE static void __attribute__((constructor)) unit_here(void)

/*
 * Adds a suite of tests (const TTest *, NULL ends them), each of which runs
 * in a process of its own between setup and teardown, which may be NULL.
 * Returns its case, for tests that need another function of libcheck.
 */
TCase *unit_suite(const char *name, void (*setup)(void), void (*teardown)(void),
    ...) __attribute__((sentinel));

/* Runs the suites that argv names, or all.  Returns the status of main. */
int unit_main(int argc, char **argv);

/*
 * How many times as long as on a quiet machine something may take now, by the
 * load; CCPROC_PATIENCE sets it.  Deadlines are multiplied by it.
 */
int unit_patience(void);

/* The test's own folder, made when first asked for, mode 0700. */
const char *unit_dir(void);
/* A path in it; good until unit_cleanup. */
const char *unit_path(const char *name);
void unit_write(const char *name, const char *text);
/* Returns what is in a file of it; the caller frees. */
char *unit_read(const char *name);
/* Removes it and what is in it. */
void unit_cleanup(void);

/* Until the limit that it returns is set again, none can be opened. */
struct rlimit unit_no_descriptors(void);

#endif
