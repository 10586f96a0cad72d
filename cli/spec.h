/*
 * What a task was asked to be: the file spec.json in its directory.
 */
#ifndef CLI_SPEC_H
#define CLI_SPEC_H

#include <stdint.h>

struct error;

struct spec_limits { /* 0: none */
	int64_t memory_max;
	double cpu_max;
	int64_t tasks_max;
};

struct spec_options {
	char **env;             /* the names only; values are not recorded */
	int64_t idle_timeout_s; /* 0: none */
	struct spec_limits limits;
};

struct spec {
	char *shell; /* a line, or */
	char **argv; /* a vector; neither: an agent */
	char *permission_mode;
	char **allowed_tools;
	char **after;
	int64_t timeout_s; /* 0: none */
	char *origin;
	char *parent;
	int64_t unknown_origin; /* 1: nobody could tell who has started it */
	struct spec_options options;
};

/* Fills the zeroed spec, which the caller clears.  -1 with err. */
int spec_read(const char *dir, struct spec *spec, struct error *err);
void spec_clear(struct spec *spec);

/* The command as a shell line, which the caller frees; NULL: an agent. */
char *spec_command(const struct spec *spec);

#endif
