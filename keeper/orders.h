/*
 * What a keeper is to do, from its descriptor KEEPER_ORDERS_FD or the folder of
 * its run; see common/keeperctl.h.
 */
#ifndef KEEPER_ORDERS_H
#define KEEPER_ORDERS_H

struct error;

/*
 * Returns them as a vector, after the name of the keeper, and how many there
 * are.  NULL with err; ENOENT: another keeper has had them.  They stay for
 * the life of the process.
 */
char **orders_read(const char *dir, int *n, struct error *err);

#endif
