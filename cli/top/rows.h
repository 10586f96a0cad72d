/*
 * The tasks as the view keeps them: what the daemon told last of each, what it
 * uses, and the section where it is shown.
 */
#ifndef CLI_TOP_ROWS_H
#define CLI_TOP_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task_info;

enum section {
	SECTION_NEEDS,
	SECTION_RUNNING,
	SECTION_QUEUED,
	SECTION_ENDED,
	SECTIONS,
};

/* A row that changes its section stays in place for so long. */
#define ROWS_STAY_MS 2000
#define ROWS_HISTORY 4

/* What a running task uses of the machine. */
struct figures {
	bool known;
	int64_t run;                  /* whose claim was read; 0: none */
	int64_t keeper;               /* its process */
	char cgroup[256];             /* "": none */
	int64_t cpu_us;               /* until */
	int64_t at;                   /* monotonic, us */
	double percent;               /* of a core; -1: not known yet */
	int64_t memory;               /* bytes; -1: not known */
	double history[ROWS_HISTORY]; /* the last ones, newest at the end */
};

/* All texts are clean and in a line; times are wall clock, ms, or 0. */
struct row {
	char *id;
	int64_t number;
	char *name, *parent, *state, *waits_for;
	char *group;      /* "g3"; NULL: none */
	char *group_name; /* or NULL */
	char *last;       /* the last line, or what an agent does */
	char *outcome;    /* of one that has ended: "failed 3" */
	char *question;   /* the first that is open */
	char *request_id;
	size_t asks; /* how many are open */
	bool choice; /* the first is to be answered, not allowed */
	int64_t asked_at, expires_at;
	int64_t created_at, started_at, ended_at, took_ms;
	int64_t place; /* in the queue; 0: none */
	bool agent, failed, completed, held, paused;
	bool drained;            /* the queue is paused, or that of its group */
	bool unseen;             /* nobody has been told how it ended */
	double cost_usd;         /* 0: not known */
	double group_budget_usd; /* 0: none */
	char *dir;               /* of the task */
	char *run_dir;           /* of the run that counts */
	int64_t run;
	int64_t bytes;        /* of its output, when last was read */
	int64_t err_bytes;    /* of stderr, as the daemon told */
	enum section section; /* where it belongs, */
	enum section shown;   /* and where it is since it came there */
	int64_t moved_at;     /* monotonic, ms; 0: they are the same */
	bool told;            /* since they were to be told again */
	struct figures figures;
};

struct rows {
	struct row **items; /* in no order */
	size_t n;
};

void rows_clear(struct rows *rows);
struct row *rows_find(const struct rows *rows, const char *id);
/* Adds a task, or renews what is known of it. */
struct row *rows_update(struct rows *rows, const struct task_info *task,
    int64_t now_ms);
void rows_remove(struct rows *rows, const char *id);
/*
 * Before the queue, or all the others, are told again; and after it: drops who
 * was not told.
 */
void rows_forget_queue(struct rows *rows);
void rows_forget_others(struct rows *rows);
void rows_drop_untold(struct rows *rows);
/* Keeps so many that have ended, the last ones. */
void rows_limit_ended(struct rows *rows, size_t most);
/* Moves those that have stayed long enough; ms until the next, or -1. */
int64_t rows_settle(struct rows *rows, int64_t now_ms);
size_t rows_count(const struct rows *rows, enum section section);

#endif
