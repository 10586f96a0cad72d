/*
 * What the daemon tells: all tasks once, then each that something happens to.
 * Nothing is asked for while nothing happens.
 */
#ifndef CLI_TOP_FEED_H
#define CLI_TOP_FEED_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct feed;
struct model;
struct rpc;

/* Reaches or starts a daemon; the caller frees.  NULL with err. */
struct feed *feed_open(struct error *err);
void feed_free(struct feed *feed);

/* Fills the model with all there is.  -1 with err. */
int feed_load(struct feed *feed, struct model *model, struct error *err);

/* From now on what happens is told: the descriptor can be read. */
int feed_watch(struct feed *feed, struct error *err);
int feed_fd(const struct feed *feed);
/*
 * Takes what was told.  1: the model is not what it was, see feed_refresh; 0:
 * nothing yet; -1 with err: there is no daemon.
 */
int feed_take(struct feed *feed, struct error *err);
/* Asks for what feed_take, or feed_look, has found changed. */
int feed_refresh(struct feed *feed, struct model *model, struct error *err);
/* Puts the cursor on a task, by its id or label. */
int feed_go(struct feed *feed, struct model *model, const char *id,
    struct error *err);
/* Has the next refresh ask for a task. */
void feed_look(struct feed *feed, const char *id);
/* For other calls. */
struct rpc *feed_rpc(struct feed *feed);

#endif
