/*
 * Tasks that run in a git worktree of their own (`worktree` in the spec):
 * where that is, how it is made, what is known of it.  The daemon touches no
 * repository: worktree.sh makes the worktree, in the task and before its
 * program, looks at it and removes it.
 */
#ifndef DAEMON_WORKTREE_WORKTREE_H
#define DAEMON_WORKTREE_WORKTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;
struct json_object;
struct record;

/* Files in a task's directory: how its worktree is made, and a summary. */
#define WORKTREE_FILE "worktree"
#define WORKTREE_SUMMARY "worktree.json"

/* What a worktree held when its task ended; -1: unknown. */
struct worktree_summary {
	int64_t commits;       /* since it was made */
	int64_t files_changed; /* of those known to git, committed or not */
	int64_t insertions;
	int64_t deletions;
	int64_t untracked; /* files that git does not know */
	int64_t dirty;     /* whether something is not committed */
};

/* Whether the script is there; -1 with err. */
int worktree_check(struct error *err);
/*
 * Returns the beginning of a command line, "/.../worktree.sh", the verb make,
 * look or remove, and what the script is told of the task; the caller frees.
 * NULL with err: the script is not there.
 */
char **worktree_script(const struct record *rec, const char *verb,
    struct error *err);
/*
 * Returns the command line that makes the worktree of the task, unless it is
 * there, and becomes program in it; the caller frees.  NULL with err.
 */
char **worktree_argv(const struct record *rec, char *const *program,
    struct error *err);

/* Whether git had begun to make the worktree. */
bool worktree_made(const struct record *rec);

/* Returns the path of the worktree; the caller frees. */
char *worktree_path(const struct record *rec);

/* Reads the summary of the last run; without one all is unknown. */
void worktree_read_summary(const struct record *rec,
    struct worktree_summary *summary);
/* Decodes a summary from an object or NULL; false: all is unknown. */
bool worktree_take_summary(struct json_object *object,
    struct worktree_summary *summary);
int worktree_write_summary(const struct record *rec,
    const struct worktree_summary *summary, struct error *err);
/* Whether it is known that there is nothing to keep. */
bool worktree_is_clean(const struct worktree_summary *summary);

/*
 * Examines the worktree of a task, for a few seconds at most, and writes the
 * summary as worktree.json.  Done is called once from the loop, also when the
 * examination failed; the look is freed after it.  NULL: no process can be
 * started now.
 */
struct worktree_look;

struct worktree_look *worktree_look_new(const struct record *rec,
    void (*done)(void *arg), void *arg);
/* Ends a look before done was called. */
void worktree_look_free(struct worktree_look *look);

enum worktree_removal_mode {
	WORKTREE_CHECK,  /* only find out whether it could be removed */
	WORKTREE_REMOVE, /* unless something would be lost */
	WORKTREE_FORCE,
};

/*
 * Removes worktrees and branches of n tasks that have ended.  Done is called
 * once from the loop: why[i] is NULL when the worktree of recs[i] is gone, or
 * was gone before, else it tells why not.  Removing twice does no harm.  The
 * records are borrowed until then.
 */
struct worktree_removal;

struct worktree_removal *worktree_removal_new(const struct record *const *recs,
    size_t n, enum worktree_removal_mode mode,
    void (*done)(char *const *why, void *arg), void *arg, struct error *err);
/* Ends it before done was called; what is half removed goes next time. */
void worktree_removal_free(struct worktree_removal *removal);

/* Adds "worktree /..., branch ccproc/t7: 2 commits, 3 files +40 -2". */
void worktree_describe(const struct record *rec, struct buf *out);
/* Returns the same as an object, which the caller puts; NULL: none. */
struct json_object *worktree_json(const struct record *rec);

#endif
