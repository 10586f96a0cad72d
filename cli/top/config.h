/*
 * What the configuration says that the view shows.
 */
#ifndef CLI_TOP_CONFIG_H
#define CLI_TOP_CONFIG_H

struct top_limits;

/* Asks the program ccproc, a path. */
void top_config_read(const char *ccproc, struct top_limits *limits);

#endif
