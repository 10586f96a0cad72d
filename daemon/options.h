/*
 * The command line of ccprocd.
 */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include <stdbool.h>

struct options {
	bool debug;
	int ready_fd; /* -1: none */
};

/* Exits on --help, --version, whatever only prints, --search, mistakes. */
void options_parse(int argc, char **argv, struct options *options);

#endif
