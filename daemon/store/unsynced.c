/*
 * What is not synced yet.  See unsynced.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <json-c/linkhash.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/os/loop.h"
#include "daemon/os/sync_files.h"
#include "daemon/os/syncer.h"
#include "daemon/store/files.h"
#include "daemon/store/name.h"
#include "daemon/store/refusals.h"
#include "daemon/store/unsynced.h"

struct batch {
	uint64_t number;
	struct buf entries; /* of sync_files.h */
	/* paths, of as many tasks as are busy: each found without a search */
	struct lh_table *shared; /* those that several tasks share */
	struct lh_table *names;  /* to be removed when it is over */
};

static bool started, top_noted;
static bool by_this_turn;
static struct unsynced_span done_before; /* by the request, in earlier turns */
static void (*batch_over)(void);
static struct event *turn_over;
/* What is gathered, and what the syncer has. */
static struct batch open = { .number = 1 }, taken;
static uint64_t last_refused; /* number of a batch */
static char *why;

static void
add(enum sync_kind kind, const char *path)
{
	char c = (char)kind;

	if (!by_this_turn)
		loop_timer_start(turn_over, 0);
	by_this_turn = true;
	buf_add(&open.entries, &c, 1);
	buf_add(&open.entries, path, strlen(path) + 1);
	if (!top_noted) { /* an earlier daemon may have made what is there */
		top_noted = true;
		unsynced_folder(".");
		unsynced_folder("tasks");
	}
}

void
unsynced_file(const char *folder, const char *name)
{
	char *path;

	if (!started)
		return;
	path = xasprintf("%s/%s", folder, name);
	add(SYNC_FILE, path);
	free(path);
	unsynced_folder(folder);
}

static void
free_path(struct lh_entry *entry)
{
	free(lh_entry_k(entry));
}

/* False: it is there already. */
static bool
put(struct lh_table **paths, const char *path)
{
	if (*paths == NULL)
		*paths = lh_kchar_table_new(16, free_path);
	if (*paths != NULL && lh_table_lookup_entry(*paths, path) != NULL)
		return false;
	if (*paths == NULL || lh_table_insert(*paths, xstrdup(path), NULL) != 0)
		fatalx("out of memory");
	return true;
}

/* Several tasks share it: it is noted once. */
static void
add_shared(enum sync_kind kind, const char *path)
{
	if (started && put(&open.shared, path))
		add(kind, path);
}

void
unsynced_folder(const char *path)
{
	add_shared(SYNC_FOLDER, path);
}

void
unsynced_top(const char *name)
{
	add_shared(SYNC_FILE, name);
}

void
unsynced_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *parent = slash == NULL ? xstrdup(".") :
				       xstrndup(path, (size_t)(slash - path));

	unsynced_folder(parent);
	free(parent);
}

void
unsynced_all(const char *path)
{
	if (started)
		add(SYNC_ALL, path);
}

struct unsynced_span
unsynced_now(void)
{
	struct unsynced_span span = { 0, 0 };

	if (open.entries.len > 0)
		span.first = span.last = open.number;
	if (taken.entries.len > 0)
		span.first = taken.number;
	if (taken.entries.len > 0 && span.last == 0)
		span.last = taken.number;
	return span;
}

void
unsynced_request(struct unsynced_span before)
{
	by_this_turn = false;
	done_before = before;
}

struct unsynced_span
unsynced_done(void)
{
	struct unsynced_span span = done_before;

	if (by_this_turn)
		span.last = open.number;
	if (span.first == 0)
		span.first = span.last;
	return span;
}

struct unsynced_span
unsynced_pause(void)
{
	struct unsynced_span span = unsynced_done();

	unsynced_request((struct unsynced_span){ 0, 0 });
	return span;
}

bool
unsynced_over(struct unsynced_span span)
{
	struct unsynced_span now = unsynced_now();

	return now.first == 0 || span.last < now.first;
}

bool
unsynced_refused(struct unsynced_span span)
{
	return span.first != 0 && last_refused >= span.first;
}

const char *
unsynced_why(void)
{
	return why == NULL ? "" : why;
}

const char *
unsynced_task(uint64_t number)
{
	return refusals_has(number, number) ? unsynced_why() : NULL;
}

/* One that is there already is no error, nor is one that has gone. */
static void
remove_name(const char *path)
{
	if (unlinkat(store_rootfd(), path, 0) == -1 && errno != ENOENT)
		log_warn("cannot remove %s/%s", store_root(), path);
	STEP("live-unlinked");
}

void
unsynced_then_remove(const char *path)
{
	struct batch *batch = open.entries.len > 0 ? &open :
	    taken.entries.len > 0                  ? &taken :
						     NULL;

	if (batch == NULL)
		remove_name(path);
	else
		put(&batch->names, path);
}

static void
drop(struct lh_table *names, const char *path)
{
	if (names != NULL)
		lh_table_delete(names, path);
}

static void
free_paths(struct lh_table *paths)
{
	if (paths != NULL)
		lh_table_free(paths);
}

void
unsynced_keep(const char *path)
{
	drop(open.names, path);
	drop(taken.names, path);
}

static void
clear(struct batch *batch)
{
	buf_clear(&batch->entries);
	free_paths(batch->shared);
	free_paths(batch->names);
	*batch = (struct batch){ 0 };
}

/* "tasks/DAY/7-UUID/spec.json" */
static void
refuse_task(const char *path)
{
	const char *name;

	if (strncmp(path, "tasks/", 6) != 0 ||
	    (name = strchr(path + 6, '/')) == NULL)
		return;
	refusals_add(strtoull(name + 1, NULL, 10));
}

/* Folders are shared, so all tasks of the batch are concerned. */
static void
refuse(const struct buf *failures)
{
	const char *at = taken.entries.data;
	const char *end = at + taken.entries.len;
	char *path;
	int errnum = (int)strtol(failures->data, &path, 10);

	free(why);
	why = xasprintf("%s/%s: %s", store_root(), path + 1, strerror(errnum));
	log_warnx("the disk refused to keep %s", why);
	last_refused = taken.number;
	for (; at < end; at += strlen(at) + 1)
		refuse_task(at + 1);
	refusals_keep();
}

static void
take(void)
{
	if (taken.entries.len > 0 || open.entries.len == 0)
		return;
	taken = open;
	open = (struct batch){ .number = taken.number + 1 };
	syncer_take(store_rootfd(), &taken.entries);
}

static void
over(const struct buf *failures)
{
	struct lh_table *names = taken.names;
	struct lh_entry *name;

	STEP("sync-told");
	if (failures->len > 0)
		refuse(failures);
	taken.names = NULL;
	clear(&taken);
	for (name = names == NULL ? NULL : names->head; name != NULL;
	     name = name->next)
		remove_name(lh_entry_k(name));
	free_paths(names);
	batch_over();
	if (open.entries.len > 0) /* from the loop: it may be done at once */
		loop_timer_start(turn_over, 0);
}

static void
on_turn_over(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	unsynced_request((struct unsynced_span){ 0, 0 });
	take();
}

void
unsynced_start(const char *program, void (*done)(void))
{
	batch_over = done;
	turn_over = loop_timer_new(on_turn_over, NULL);
	syncer_init(program, over);
	started = true;
}

void
unsynced_stop(void)
{
	if (!started)
		return;
	started = top_noted = by_this_turn = false;
	event_free(turn_over);
	syncer_free();
	clear(&open);
	clear(&taken);
	open.number = 1;
	last_refused = 0;
	free(why);
	why = NULL;
	refusals_clear();
}
