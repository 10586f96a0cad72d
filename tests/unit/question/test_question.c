/*
 * The questions of tasks: their files, their life, who wins.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/config.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/task/inside.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define CALL "11111111-2222-4333-8444-555555555555-3"
#define S(s) ((char[]){ s })

static struct task *task;
static struct error err;
static int changes;

static void
count(struct watcher *watcher, struct task *changed, unsigned news)
{
	(void)watcher;
	ck_assert_ptr_eq(changed, task);
	(void)news;
	changes++;
}

static struct watcher all = { .name = "test",
	.wants = TASK_QUESTIONS,
	.changed = count };

static void
setup(void)
{
	taskbox_open();
	task = taskbox_task("{\"prompt\":\"x\"}");
	taskbox_phase(task, TASK_RUNNING);
	task_watch_all(&all);
	changes = 0;
}

static void
teardown(void)
{
	task_unwatch(&all);
	task_unref(task);
	taskbox_close();
}

static const struct question *
put_as(const char *tool, const char *id, const char *call, bool replayed)
{
	const struct question_wanted wanted = { .tool_name = tool,
		.input = "{\"command\":\"ls\"}",
		.tool_use_id = id,
		.call = call,
		.replayed = replayed };
	const struct question *question = question_put(task, &wanted, &err);

	ck_assert_msg(question != NULL, "%s", err.text);
	return question;
}

static const struct question *
put(const char *tool)
{
	return put_as(tool, NULL, CALL, false);
}

static int
answer(uint64_t number, int64_t decision, bool always)
{
	const struct question_answer given = { .decision = decision,
		.always = always,
		.by = S("me"),
		.call = S("answer-1") };

	return question_answer(task, number, &given, &err);
}

/* Finds the questions as the next daemon does. */
static void
look_again(void)
{
	taskbox_phase(task, TASK_SUMMING_UP);
	ck_assert_int_eq(task->rec.state, STATE_RUNNING);
	taskbox_phase(task, TASK_RUNNING);
}

START_TEST(one_question)
{
	const struct question *question = put("Bash");

	ck_assert_uint_eq(question->number, 1);
	ck_assert(!question->answered);
	ck_assert_str_eq(question->file.input, "{\"command\":\"ls\"}");
	ck_assert_int_eq(task->rec.state, STATE_NEEDS_INPUT);
	ck_assert(record_running(&task->rec) && !record_ended(&task->rec));
	ck_assert(taskbox_has(task, "ask-1.json"));
	ck_assert_int_eq(changes, 1);
	ck_assert_int_eq(answer(1, DECISION_ALLOW, false), 0);
	ck_assert(question->answered);
	ck_assert_int_eq(question->answer.decision, DECISION_ALLOW);
	ck_assert_str_eq(question->answer.tool_name, "Bash");
	ck_assert_ptr_null(question->file.input);
	ck_assert_int_eq(task->rec.state, STATE_RUNNING);
	ck_assert(taskbox_has(task, "answer-1.json"));
	ck_assert(!taskbox_has(task, "answer-1.json.tmp"));
	ck_assert_int_eq(changes, 2);
	ck_assert_ptr_null(question_next_open(task, NULL));
	ck_assert_uint_eq(question_allowed(task, "Bash"), 1);
	ck_assert_uint_eq(question_allowed(task, "Read"), 0);
}
END_TEST

START_TEST(the_first_answer_counts)
{
	const struct question_answer other = { .decision = DECISION_ALLOW,
		.call = S("answer-2") };

	put("Bash");
	ck_assert_int_eq(answer(1, DECISION_DENY, false), 0);
	ck_assert_int_eq(answer(1, DECISION_ALLOW, false),
	    0); /* the same call */
	ck_assert_int_eq(question_answer(task, 1, &other, &err), -1);
	ck_assert_int_eq(err.code, ERR_BUSY);
	ck_assert_str_eq(err.text,
	    "t1: q1 was denied already by me; the "
	    "first answer counts");
	ck_assert_int_eq(question_find(task, 1)->answer.decision,
	    DECISION_DENY);
	ck_assert_int_eq(question_answer(task, 2, &other, &err), -1);
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	ck_assert_uint_eq(question_answered_by(task, "answer-1"), 1);
	ck_assert_uint_eq(question_answered_by(task, "answer-2"), 0);
	taskbox_phase(task, TASK_SUMMING_UP); /* it has ended: the file knows */
	ck_assert_uint_eq(question_answered_by(task, "answer-1"), 1);
	ck_assert_uint_eq(question_answered_by(task, "answer-2"), 0);
}
END_TEST

/* Another daemon wrote it, and this one does not know yet. */
START_TEST(an_answer_that_is_on_disk_only)
{
	put("Bash");
	taskbox_write(task, "answer-1.json",
	    "{\"decision\":\"deny\",\"by\":\"another\"}");
	ck_assert_int_eq(answer(1, DECISION_ALLOW, true), -1);
	ck_assert_int_eq(err.code, ERR_BUSY);
	ck_assert_int_eq(question_find(task, 1)->answer.decision,
	    DECISION_DENY);
	ck_assert_int_eq(task->rec.state, STATE_RUNNING);
	ck_assert(!put_as("Bash", "b", "c", false)->answered);
}
END_TEST

START_TEST(a_question_that_comes_again)
{
	const struct question *question = put_as("Bash", "toolu_1", CALL,
	    false);

	ck_assert_ptr_eq(put_as("Bash", "toolu_1", CALL, true), question);
	ck_assert_ptr_eq(put_as("Bash", "toolu_1", "x-1", false), question);
	ck_assert_ptr_ne(put_as("Read", "toolu_1", "x-2", false), question);
	ck_assert_ptr_ne(put_as("Bash", "toolu_2", "x-3", false), question);
	ck_assert_uint_eq(question_count_open(task), 3);
	ck_assert_int_eq(answer(1, DECISION_ALLOW, false), 0);
	ck_assert_ptr_eq(put_as("Bash", "toolu_1", CALL, true), question);
	/* an answer is for one request */
	ck_assert_ptr_ne(put_as("Bash", "toolu_1", "x-4", false), question);
	ck_assert_uint_eq(question_count_open(task), 3);
}
END_TEST

START_TEST(another_daemon_finds_them)
{
	put("Bash");
	put_as("Read", "r", "x-1", false);
	put_as("Write", "w", "x-2", false);
	answer(2, DECISION_ALLOW, false);
	look_again();
	ck_assert_int_eq(task->rec.state, STATE_NEEDS_INPUT);
	ck_assert_uint_eq(question_count_open(task), 2);
	ck_assert_str_eq(question_next(task, NULL)->file.tool_name, "Bash");
	ck_assert_str_eq(question_find(task, 1)->file.input,
	    "{\"command\":\"ls\"}");
	ck_assert_int_eq(question_find(task, 2)->answer.decision,
	    DECISION_ALLOW);
	ck_assert_uint_eq(put_as("Bash", "b", "x-3", false)->number, 4);
}
END_TEST

START_TEST(what_cannot_be_read_allows_nothing)
{
	static const char *const bad[] = { "", "{\"decision\":\"allow\"", "[]",
		"{\"decision\":\"Allow\"}", "{\"decision\":1}", "{}" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put_as("Bash", NULL, "x", false);
		look_again();
		taskbox_write(task,
		    i == 0     ? "answer-1.json" :
			i == 1 ? "answer-2.json" :
			i == 2 ? "answer-3.json" :
			i == 3 ? "answer-4.json" :
			i == 4 ? "answer-5.json" :
				 "answer-6.json",
		    bad[i]);
		look_again();
		ck_assert_uint_eq(question_count_open(task), 0);
		ck_assert_int_ne(question_find(task, i + 1)->answer.decision,
		    DECISION_ALLOW);
	}
	taskbox_write(task, "ask-40.json", "{");
	taskbox_write(task, "ask-x.json", "{}");
	look_again();
	ck_assert_ptr_null(question_find(task, 40));
	ck_assert_uint_eq(put("Bash")->number,
	    41); /* its answer may be there */
}
END_TEST

START_TEST(always)
{
	put("Bash");
	put_as("Bash", "b", "x-1", false);
	put_as("Read", "r", "x-2", false);
	ck_assert_int_eq(answer(2, DECISION_ALLOW, true), 0);
	ck_assert(question_find(task, 1)->answered); /* asked meanwhile */
	ck_assert(!question_find(task, 3)->answered);
	ck_assert(put_as("Bash", "c", "x-3", false)->answered);
	ck_assert(taskbox_has(task, "answer-4.json"));
	look_again();
	ck_assert(put_as("Bash", "d", "x-4", false)->answered);
	ck_assert(!put_as("Write", "e", "x-5", false)->answered);
}
END_TEST

START_TEST(never_always_by_a_denial)
{
	put("Bash");
	ck_assert_int_eq(answer(1, DECISION_DENY, true), 0);
	ck_assert(!put_as("Bash", "b", "x-1", false)->answered);
	look_again();
	ck_assert(!put_as("Bash", "c", "x-2", false)->answered);
}
END_TEST

/* Numbers go on, and what was allowed always; open ones are void. */
START_TEST(in_a_later_run)
{
	char *dir;

	put("Bash");
	put_as("Read", "r", "x-1", false);
	answer(1, DECISION_ALLOW, true);
	taskbox_phase(task, TASK_SUMMING_UP);
	dir = xasprintf("%s/2", task->rec.path);
	ck_assert_int_eq(mkdir(store_full_path(dir), 0700), 0);
	free(task->rec.dir);
	task->rec.dir = dir;
	taskbox_phase(task, TASK_RUNNING);
	ck_assert_uint_eq(question_count_open(task), 0);
	ck_assert_ptr_null(question_find(task, 2));
	ck_assert(put_as("Bash", "b", "x-2", false)->answered);
	ck_assert_uint_eq(put_as("Read", "c", "x-3", false)->number, 4);
	ck_assert(taskbox_has(task, "2/ask-4.json"));
}
END_TEST

static bool
none_is_open(void *arg)
{
	(void)arg;
	return question_count_open(task) == 0;
}

static void
configure(const char *text)
{
	unit_write("config", text);
	ck_assert_msg(config_load(unit_path("config"), &err) == 0, "%s",
	    err.text);
}

START_TEST(unanswered)
{
	configure("{\"agents\":{\"ask_timeout_s\":1}}");
	put("Bash");
	look_again(); /* whose time goes on */
	taskbox_until(none_is_open, NULL);
	ck_assert_int_eq(question_find(task, 1)->answer.decision,
	    DECISION_DENY);
	ck_assert_str_eq(question_find(task, 1)->answer.reason,
	    "nobody answered within 1 s");
	ck_assert(taskbox_has(task, "answer-1.json"));
}
END_TEST

/* The clock jumps when the machine has slept, or when it is set. */
START_TEST(the_clock_jumps)
{
	struct question question;
	int64_t at;

	configure("{\"agents\":{\"ask_timeout_s\":600}}");
	put("Bash");
	question = *question_find(task, 1);
	at = question_expires_at(&question);
	ck_assert_int_ge(at, question.asked_at + 599000);
	question.asked_at -= 3600000;
	ck_assert_int_gt(question_left_ms(&question), 590000);
	ck_assert_int_ge(question_expires_at(&question) - at, -10);
	question.asked_at += 7200000;
	ck_assert_int_le(question_left_ms(&question), 600000);
}
END_TEST

START_TEST(never_expiring)
{
	configure("{\"agents\":{\"ask_timeout_s\":0}}");
	ck_assert_ptr_null(put("Bash")->expiry);
	ck_assert_int_eq(question_left_ms(question_find(task, 1)), -1);
	ck_assert_int_eq(question_expires_at(question_find(task, 1)), 0);
}
END_TEST

START_TEST(told)
{
	ck_assert(!question_untold(task, "me"));
	put("Bash");
	ck_assert(question_untold(task, "me"));
	question_note_told(task, "me");
	ck_assert(!question_untold(task, "me"));
	ck_assert(question_untold(task, "another"));
	ck_assert(!question_note_one(task, 1, "me"));
	ck_assert(question_note_one(task, 1, "another"));
	ck_assert(!question_untold(task, "another"));
	ck_assert(!question_note_one(task, 2, "another"));
	put_as("Read", "r", "x-1", false);
	ck_assert(question_untold(task, "me"));
	answer(2, DECISION_DENY, false);
	ck_assert(!question_untold(task, "me"));
}
END_TEST

START_TEST(ids)
{
	ck_assert_uint_eq(question_parse("q1"), 1);
	ck_assert_uint_eq(question_parse("12"), 12);
	ck_assert_uint_eq(question_parse("q"), 0);
	ck_assert_uint_eq(question_parse(""), 0);
	ck_assert_uint_eq(question_parse("q01"), 0);
	ck_assert_uint_eq(question_parse("q-1"), 0);
	ck_assert_uint_eq(question_parse("q1x"), 0);
	ck_assert_uint_eq(question_parse("q9999999999999999999"), 0);
}
END_TEST

UNIT_SUITE
{
	unit_suite("question", setup, teardown, one_question,
	    the_first_answer_counts, an_answer_that_is_on_disk_only,
	    a_question_that_comes_again, another_daemon_finds_them,
	    what_cannot_be_read_allows_nothing, always,
	    never_always_by_a_denial, in_a_later_run, unanswered,
	    the_clock_jumps, never_expiring, told, ids, NULL);
}
