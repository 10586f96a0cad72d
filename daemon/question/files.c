/*
 * The files of questions.  See files.h.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/question/files.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/store/task_dir.h"
#include "daemon/store/unsynced.h"
#include "json/json.h"
#include "json/schema.h"

#define NAME_SIZE 48
#define DIGITS "0123456789"
#define NUMBER_MAX_DIGITS 18

const struct choice question_decisions[] = {
	{ "allow", DECISION_ALLOW },
	{ "deny", DECISION_DENY },
	{ NULL, 0 },
};

const struct field question_file_fields[] = {
	INTEGER(struct question_file, version, .required = true),
	STRING(struct question_file, request_id),
	STRING(struct question_file, tool_name, .required = true),
	JSON(struct question_file, input, .required = true),
	STRING(struct question_file, tool_use_id),
	STRING(struct question_file, call),
	STRING(struct question_file, asked_at, .required = true),
	END_OF_FIELDS,
};

const struct field question_answer_fields[] = {
	CHOICE(struct question_answer, decision, .choices = question_decisions),
	BOOLEAN(struct question_answer, always),
	STRING(struct question_answer, tool_name),
	STRING(struct question_answer, reason),
	STRINGS(struct question_answer, answers),
	STRING(struct question_answer, by),
	STRING(struct question_answer, call),
	STRING(struct question_answer, at),
	END_OF_FIELDS,
};

static const char *
file_name(const char *kind, uint64_t number, char *name)
{
	snprintf(name, NAME_SIZE, "%s-%" PRIu64 ".json", kind, number);
	return name;
}

/* Returns the struct as text of JSON; the caller frees. */
static char *
text_of(const struct field *fields, const void *in)
{
	struct json_object *object = json_object_new_object();
	char *text;

	schema_encode(fields, in, object);
	text = xstrdup(json_text(object, NULL));
	json_object_put(object);
	return text;
}

/* A link takes the name, so that the first one has it. */
static int
publish(int dirfd, const char *tmp, const char *name, struct error *err)
{
	int result = linkat(dirfd, tmp, dirfd, name, 0);

	if (result == -1) {
		fail_errno(err, "cannot make %s", name);
		if (err->errnum == EEXIST)
			err->code = ERR_BUSY;
	}
	STEP("ask-published");
	unlinkat(dirfd, tmp, 0);
	return result;
}

/* Writes the struct as a new file of the run; ERR_BUSY: there is one. */
static int
write_new(const struct record *rec, const char *name,
    const struct field *fields, const void *in, struct error *err)
{
	char *text, tmp[NAME_SIZE + 8];
	int result, dirfd = store_open_task(rec->dir, err);

	if (dirfd == -1)
		return -1;
	snprintf(tmp, sizeof(tmp), "%s.tmp", name);
	unlinkat(dirfd, tmp, 0); /* of a daemon that was killed */
	text = text_of(fields, in);
	result = store_write_file(dirfd, tmp, text, strlen(text), err);
	if (result == 0)
		result = publish(dirfd, tmp, name, err);
	if (result == 0)
		unsynced_file(rec->dir, name);
	free(text);
	close(dirfd);
	return result;
}

int
question_files_write(const struct record *rec, uint64_t number,
    const struct question_file *question, struct error *err)
{
	char name[NAME_SIZE];

	return write_new(rec, file_name("ask", number, name),
	    question_file_fields, question, err);
}

int
question_files_answer(const struct record *rec, uint64_t number,
    const struct question_answer *answer, struct error *err)
{
	char name[NAME_SIZE];

	return write_new(rec, file_name("answer", number, name),
	    question_answer_fields, answer, err);
}

/* 1: it was read; 0: there is none; -1: it is there and cannot be read. */
static int
load(const char *dir, const char *name, const struct field *fields, void *out)
{
	struct json_object *object = NULL;
	struct error err;
	int result = -1, dirfd = store_open_task(dir, &err);

	if (dirfd != -1) {
		object = json_read(dirfd, name, &err);
		if (object == NULL && err.code == ERR_NOT_FOUND)
			result = 0;
		close(dirfd);
	}
	error_clear(&err);
	if (object != NULL && schema_load(fields, object, out, &err) == 0)
		result = 1;
	json_object_put(object);
	return result;
}

bool
question_files_is(const struct record *rec, uint64_t number, const char *input)
{
	struct question_file file = { 0 };
	struct json_object *there, *wanted;
	struct error err;
	char name[NAME_SIZE];
	bool is = false;

	if (load(rec->dir, file_name("ask", number, name), question_file_fields,
		&file) == 1) {
		there = json_parse(file.input, strlen(file.input), &err);
		wanted = json_parse(input, strlen(input), &err);
		is = json_object_equal(there, wanted);
		json_object_put(there);
		json_object_put(wanted);
	}
	schema_clear(question_file_fields, &file);
	return is;
}

bool
question_files_read_answer(const char *dir, uint64_t number,
    struct question_answer *answer)
{
	char name[NAME_SIZE];
	int got = load(dir, file_name("answer", number, name),
	    question_answer_fields, answer);

	if (got == -1) {
		schema_clear(question_answer_fields, answer);
		answer->decision = DECISION_DENY;
		answer->reason = xstrdup("its answer cannot be read");
		log_warnx("%s/%s cannot be read", dir, name);
	}
	return got != 0;
}

/* "ask-7.json" */
static bool
parse(const char *name, uint64_t *number)
{
	size_t digits;

	if (strncmp(name, "ask-", 4) != 0)
		return false;
	digits = strspn(name + 4, DIGITS);
	if (digits == 0 || digits > NUMBER_MAX_DIGITS ||
	    strcmp(name + 4 + digits, ".json") != 0)
		return false;
	*number = strtoull(name + 4, NULL, 10);
	return *number > 0;
}

static DIR *
open_dir(const char *dir, struct error *err)
{
	DIR *stream = store_open_dir(store_rootfd(), dir);

	if (stream == NULL)
		fail_errno(err, "cannot look for questions in %s", dir);
	return stream;
}

int
question_files_each(const char *dir,
    void (*found)(const char *dir, uint64_t number,
	const struct question_file *question, void *arg),
    void *arg, struct error *err)
{
	DIR *stream = open_dir(dir, err);
	struct question_file question = { 0 };
	struct dirent *entry;
	uint64_t number;
	bool read;

	if (stream == NULL)
		return -1;
	while ((entry = readdir(stream)) != NULL) {
		if (!parse(entry->d_name, &number))
			continue;
		read = load(dir, entry->d_name, question_file_fields,
			   &question) == 1;
		if (!read)
			log_warnx("%s/%s cannot be read, passed over", dir,
			    entry->d_name);
		found(dir, number, read ? &question : NULL, arg);
		schema_clear(question_file_fields, &question);
	}
	closedir(stream);
	return 0;
}

struct search {
	const char *call;
	uint64_t number;
};

static void
compare(const char *dir, uint64_t number, const struct question_file *question,
    void *arg)
{
	struct question_answer answer = { 0 };
	struct search *search = arg;

	(void)question;
	question_files_read_answer(dir, number, &answer);
	if (answer.call != NULL && strcmp(answer.call, search->call) == 0)
		search->number = number;
	schema_clear(question_answer_fields, &answer);
}

uint64_t
question_files_answered_by(const char *dir, const char *call)
{
	struct search search = { .call = call };
	struct error err;

	if (question_files_each(dir, compare, &search, &err) != 0)
		log_warnx("%s", err.text);
	return search.number;
}

int
question_files_each_run(const struct record *rec,
    int (*run)(const char *dir, void *arg, struct error *err), void *arg,
    struct error *err)
{
	DIR *stream = open_dir(rec->path, err);
	struct dirent *entry;
	int result;
	char *dir;

	if (stream == NULL)
		return -1;
	result = run(rec->path, arg, err);
	while (result == 0 && (entry = readdir(stream)) != NULL) {
		if (!run_is(entry->d_name))
			continue;
		dir = xasprintf("%s/%s", rec->path, entry->d_name);
		result = run(dir, arg, err);
		free(dir);
	}
	closedir(stream);
	return result;
}
