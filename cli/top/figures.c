/*
 * What running tasks use of the machine.  See figures.h and proc(5).  All that
 * a task has left behind is below its keeper, which is a subreaper: the sum of
 * what each process there and its reaped children used is what the task did.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/top/figures.h"
#include "cli/top/rows.h"
#include "cli/usage.h"
#include "common/error.h"
#include "common/exitrec.h"
#include "common/io.h"

/* Processes deeper than that are left out. */
#define DEPTH_MAX 64

/* Of all processes together. */
struct sum {
	int64_t ticks;
	int64_t pages;
};

static bool
read_proc(int64_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRId64 "/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		n = io_read(fd, text, size - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* Fields 14 to 17 and 20 of the line; threads, or 0: it has gone. */
static long
add_process(int64_t pid, struct sum *sum)
{
	long long user, system, reaped_user, reaped_system, pages, shared;
	long threads;
	char text[1024];
	const char *at;

	if (!read_proc(pid, "stat", text, sizeof(text)) ||
	    (at = strrchr(text, ')')) == NULL ||
	    sscanf(at + 1,
		" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lld %lld %lld "
		"%lld %*d %*d %ld",
		&user, &system, &reaped_user, &reaped_system, &threads) != 5)
		return 0;
	sum->ticks += user + system + reaped_user + reaped_system;
	if (read_proc(pid, "statm", text, sizeof(text)) &&
	    sscanf(text, "%*d %lld %lld", &pages, &shared) == 2)
		sum->pages += pages - shared; /* what others have, too */
	return threads;
}

static void add_tree(int64_t pid, int depth, struct sum *sum);

static void
add_children(int64_t pid, int64_t thread, int depth, struct sum *sum)
{
	char name[64], text[16384], *at = text, *end;
	int64_t child;

	snprintf(name, sizeof(name), "task/%" PRId64 "/children", thread);
	if (!read_proc(pid, name, text, sizeof(text)))
		return;
	for (; (child = strtoll(at, &end, 10)) > 0; at = end)
		add_tree(child, depth + 1, sum);
}

static void
add_tree(int64_t pid, int depth, struct sum *sum)
{
	long threads = add_process(pid, sum);
	struct dirent *entry;
	char path[64];
	DIR *dir;

	if (threads == 0 || depth > DEPTH_MAX)
		return;
	if (threads == 1) {
		add_children(pid, pid, depth, sum);
		return;
	}
	snprintf(path, sizeof(path), "/proc/%" PRId64 "/task", pid);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			add_children(pid, strtoll(entry->d_name, NULL, 10),
			    depth, sum);
	if (dir != NULL)
		closedir(dir);
}

static void
read_claim(struct row *row)
{
	struct figures *f = &row->figures;
	struct exitrec rec = { 0 };
	struct error err;
	int dirfd;

	f->keeper = 0;
	f->cgroup[0] = '\0';
	if (row->run_dir == NULL)
		return;
	dirfd = open(row->run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dirfd == -1)
		return;
	if (exitrec_read(dirfd, CLAIM_FILE, &rec, &err) == 0) {
		f->run = row->run;
		f->keeper = rec.keeper_pid;
		memcpy(f->cgroup, rec.cgroup, sizeof(f->cgroup));
	}
	close(dirfd);
}

/* -1: not known. */
static void
measure(const struct figures *f, int64_t *cpu_us, int64_t *memory)
{
	struct usage usage = { .cpu_us = -1, .memory = -1 };
	struct sum sum = { 0 };

	if (f->cgroup[0] != '\0')
		usage_measure(f->cgroup, &usage);
	*cpu_us = usage.cpu_us;
	*memory = usage.memory;
	if ((*cpu_us >= 0 && *memory >= 0) || f->keeper <= 0)
		return;
	add_tree(f->keeper, 0, &sum);
	if (*cpu_us < 0 && sum.ticks + sum.pages > 0)
		*cpu_us = sum.ticks * 1000000 / sysconf(_SC_CLK_TCK);
	if (*memory < 0 && sum.pages > 0)
		*memory = sum.pages * sysconf(_SC_PAGESIZE);
}

static void
note(struct figures *f, int64_t cpu_us, int64_t now_us)
{
	if (f->known && cpu_us >= f->cpu_us && now_us > f->at) {
		f->percent = (double)(cpu_us - f->cpu_us) * 100 /
		    (double)(now_us - f->at);
		memmove(f->history, f->history + 1,
		    (ROWS_HISTORY - 1) * sizeof(*f->history));
		f->history[ROWS_HISTORY - 1] = f->percent;
	}
	f->known = true;
	f->cpu_us = cpu_us;
	f->at = now_us;
}

void
figures_read(struct row *row, int64_t now_us)
{
	struct figures *f = &row->figures;
	int64_t cpu_us;

	if (row->section > SECTION_RUNNING) {
		*f = (struct figures){ .percent = -1, .memory = -1 };
		return;
	}
	if (f->run != row->run) {
		*f = (struct figures){ .percent = -1, .memory = -1 };
		read_claim(row);
	}
	measure(f, &cpu_us, &f->memory);
	if (cpu_us >= 0)
		note(f, cpu_us, now_us);
}
