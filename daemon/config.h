/*
 * The configuration file, read once at start through one field table.
 */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <stdint.h>

#include "json/schema.h"

struct agent_profile;
struct buf;
struct error;

struct config_claude {
	char *program;  /* the program, when command is a string */
	char **command; /* program and first arguments, when an array */
	int64_t
	    permission_mode; /* enum permission_mode, when a task has none */
	int64_t timeout_s;   /* of an agent that asks for none; 0: none */
};

/* Retries of agents that the API refuses to serve for now. */
struct config_retry {
	int64_t times;   /* 0: never */
	int64_t first_s; /* before the first retry; twice as long each time */
};

enum usage_limit { USAGE_LIMIT_WAIT, USAGE_LIMIT_FAIL };

/* What becomes of agents whose account has used up a window. */
struct config_usage_limit {
	int64_t then; /* enum usage_limit */
	int64_t max_wait_s;
};

struct config_agents {
	int64_t max_running;
	struct config_retry retry;
	struct config_usage_limit usage_limit;
	int64_t linger_s; /* after their results; 0: no limit */
	int64_t launches; /* in each period; 0: any number */
	int64_t launch_period_s;
	int64_t min_free_bytes;        /* of memory, to start one; 0: any */
	double max_budget_usd_per_day; /* 0: none */
	int64_t max_depth;             /* of tasks in tasks */
	int64_t max_descendants;       /* of one task, live */
	int64_t ask_timeout_s; /* until a question is denied; 0: never */
	int64_t model_may_allow;
	struct config_claude claude;
	struct field_array profiles; /* struct agent_profile */
};

struct config_commands {
	int64_t max_running;
};

/* What tasks may use; 0 of each: no limit. */
struct limits {
	int64_t memory_max; /* bytes */
	double cpu_max;     /* cores */
	int64_t tasks_max;  /* processes and threads */
};
/* Rows for schema.h, without help, as a task names them. */
extern const struct field limits_fields[];

enum limits_mode { LIMITS_ENFORCE, LIMITS_BEST_EFFORT };

struct config_limits {
	struct limits all;      /* tasks together */
	struct limits commands; /* each one that names none */
	struct limits agents;
	int64_t mode; /* enum limits_mode */
};

struct config_output {
	int64_t max_bytes; /* of each stream of a task; 0: no limit */
};

struct config_retention { /* 0 of the first three: no limit */
	int64_t max_age_s;
	int64_t max_tasks;
	int64_t max_bytes;
	int64_t unseen_grace_s;
};
/* Of which ends hooks are told. */
struct config_only {
	int64_t each;
	int64_t failed;
	int64_t longer_than_s;
	char **labels; /* NULL: any */
};

struct config_hooks {
	char *on_finish; /* lines for a shell; or NULL */
	char *on_needs_input;
	int64_t timeout_s;
	struct config_only only;
};

enum config_after_reboot { AFTER_REBOOT_START, AFTER_REBOOT_HOLD };

struct config {
	int64_t after_reboot; /* enum config_after_reboot */
	struct config_agents agents;
	struct config_commands commands;
	struct config_hooks hooks;
	struct config_limits limits;
	struct config_output output;
	struct config_retention retention;
};

/*
 * Reads path; no such file gives the defaults.  Errors name the line of bad
 * syntax or the keys with bad values.
 */
int config_load(const char *path, struct error *err);

/*
 * Whether the file that was read last is sound; one that is not is read again.
 * While it is not, nothing is started, allowed or deleted by age or number,
 * since nobody knows what the user wants; err says what is wrong with it.
 */
int config_check(struct error *err);
/* Has mended called when config_check finds that the file is sound again. */
void config_on_mended(void (*mended)(void));

/* The file that was read last, sound or not; "": none. */
const char *config_path(void);

/* Returns what was loaded last, or the defaults. */
const struct config *config_get(void);

/* Adds every key with its value, range, default and meaning to out. */
void config_describe(struct buf *out);
/* Adds a file with all of them as comments. */
void config_template(struct buf *out);
/* Adds a JSON Schema of the file. */
void config_schema(struct buf *out);

/* Returns the profile of that name, or NULL; borrows. */
const struct agent_profile *config_profile(const char *name);
/* Adds the names of all profiles to out, with claude. */
void config_list_profiles(struct buf *out);

/* Returns claude's command as a vector; borrows. */
char *const *config_claude_command(void);

#endif
