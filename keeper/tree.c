/*
 * Walking and signalling a process tree.  See tree.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/pidfd.h"
#include "keeper/numbers.h"
#include "keeper/procstat.h"
#include "keeper/tree.h"

/* A walk ends here; the next round goes on with what is left. */
#define WALK_MAX 100000

struct member {
	pid_t pid;
	pid_t parent;
};

struct members {
	struct member *items; /* WALK_MAX, of which n are touched */
	size_t n;
};

struct walk {
	bool by_stat;
	struct members found; /* a queue: children are added at its end */
	struct members all;   /* by_stat: every process there is */
	struct tree_count count;
};

static bool use_stat;

void
tree_use_stat(bool use)
{
	use_stat = use;
}

/* Pages of our own that go back at once: a keeper stays small. */
static void
members_init(struct members *m)
{
	m->n = 0;
	m->items = mmap(NULL, WALK_MAX * sizeof(*m->items),
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
	    -1, 0);
	if (m->items == MAP_FAILED)
		m->items = NULL;
}

static void
members_clear(struct members *m)
{
	if (m->items != NULL)
		munmap(m->items, WALK_MAX * sizeof(*m->items));
}

/* Without memory the walk stays incomplete, which a later round mends. */
static void
add(struct members *m, pid_t pid, pid_t parent)
{
	if (m->items != NULL && m->n < WALK_MAX)
		m->items[m->n++] = (struct member){ pid, parent };
}

/* Adds the numbers in a children file, which are set off by blanks. */
static void
add_children_of_thread(struct walk *walk, pid_t parent, const char *path)
{
	char buf[1024];
	ssize_t i, n;
	pid_t pid = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < n; i++) {
			if (buf[i] >= '0' && buf[i] <= '9') {
				pid = pid * 10 + (buf[i] - '0');
			} else if (pid != 0) {
				add(&walk->found, pid, parent);
				pid = 0;
			}
		}
	}
	close(fd);
}

static void
add_children_of_threads(struct walk *walk, pid_t parent)
{
	struct numbers threads;
	char path[64];
	int tid;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)parent);
	if (!numbers_open(&threads, path))
		return;
	while ((tid = numbers_next(&threads)) >= 0) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
		    (int)parent, tid);
		add_children_of_thread(walk, parent, path);
	}
	numbers_close(&threads);
}

static void
add_children_by_stat(struct walk *walk, pid_t parent)
{
	size_t i;

	for (i = 0; i < walk->all.n; i++)
		if (walk->all.items[i].parent == parent)
			add(&walk->found, walk->all.items[i].pid, parent);
}

static void
add_children(struct walk *walk, pid_t parent)
{
	if (walk->by_stat)
		add_children_by_stat(walk, parent);
	else
		add_children_of_threads(walk, parent);
}

static void
list_all(struct members *all)
{
	struct numbers processes;
	struct procstat st;
	int pid;

	if (!numbers_open(&processes, "/proc"))
		return;
	while ((pid = numbers_next(&processes)) >= 0)
		if (procstat_read(pid, &st))
			add(all, pid, st.ppid);
	numbers_close(&processes);
}

static bool
has_children_files(void)
{
	return !use_stat && access("/proc/thread-self/children", R_OK) == 0;
}

static void
send_signal(int pidfd, pid_t pid, int sig)
{
	if (pidfd >= 0)
		pidfd_signal(pidfd, sig);
	else
		kill(pid, sig);
}

static bool
is_stopped(const struct procstat *st)
{
	return st->state == 'T' || st->state == 't';
}

/*
 * Counts one process and signals it.  The pid may have gone to a stranger
 * since it was listed: so first hold whatever has it now, then look whether
 * that is one of ours.  A process whose parent died in between has become
 * our child, or that of a subreaper below us, where the next round finds it.
 */
static bool
visit(struct walk *walk, struct member member, int sig, struct procstat *st)
{
	int pidfd = pidfd_of(member.pid);
	bool ours;

	if (pidfd < 0 && errno == ESRCH)
		return false;
	ours = procstat_read(member.pid, st) && procstat_alive(st) &&
	    (st->ppid == member.parent || st->ppid == getpid());
	if (ours) {
		walk->count.alive++;
		walk->count.running += !is_stopped(st);
		if (sig != 0)
			send_signal(pidfd, member.pid, sig);
	}
	if (pidfd >= 0)
		close(pidfd);
	return ours;
}

void
tree_name(char *names, size_t size, pid_t pid, const char *comm)
{
	size_t len = strlen(names);
	char one[64];
	int n;

	n = snprintf(one, sizeof(one), "%s%d %s", len == 0 ? "" : ", ",
	    (int)pid, comm);
	if (n > 0 && (size_t)n < size - len)
		memcpy(names + len, one, (size_t)n + 1);
}

static struct tree_count
walk_tree(int sig, char *names, size_t size)
{
	struct walk walk = { .by_stat = !has_children_files() };
	struct procstat st;
	struct member member;
	size_t i;

	members_init(&walk.found);
	if (walk.by_stat) {
		members_init(&walk.all);
		list_all(&walk.all);
	}
	add_children(&walk, getpid());
	for (i = 0; i < walk.found.n; i++) {
		member = walk.found.items[i];
		if (!visit(&walk, member, sig, &st))
			continue;
		if (names != NULL)
			tree_name(names, size, member.pid, st.comm);
		/* now: a stopped parent makes no more and reaps none */
		add_children(&walk, member.pid);
	}
	members_clear(&walk.found);
	members_clear(&walk.all);
	return walk.count;
}

struct tree_count
tree_signal(int sig)
{
	return walk_tree(sig, NULL, 0);
}

struct tree_count
tree_list(char *names, size_t size)
{
	names[0] = '\0';
	return walk_tree(0, names, size);
}
