/*
 * Hints.  See hint.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/question/files.h"
#include "daemon/record/outcome.h"
#include "daemon/record/record.h"
#include "daemon/view/hint.h"
#include "json/argument.h"

/* Who has denied what; a user's word counts more than a model's. */
struct denial {
	bool user;
	char *tool; /* NULL: nobody has decided */
};

/* Not time, nor an agent that waits no longer. */
static bool
decided(const char *by, bool *user)
{
	*user = by != NULL &&
	    (strcmp(by, QUESTION_BY_PERSON) == 0 ||
		strcmp(by, QUESTION_BY_DIALOG) == 0);
	return *user || (by != NULL && strstr(by, " of session ") != NULL);
}

static void
note(const char *dir, uint64_t number, const struct question_file *question,
    void *arg)
{
	struct question_answer answer = { 0 };
	struct denial *denial = arg;
	bool user;

	if (question == NULL)
		return;
	if (question_files_read_answer(dir, number, &answer) &&
	    answer.decision == DECISION_DENY && decided(answer.by, &user) &&
	    (denial->tool == NULL || (user && !denial->user))) {
		free(denial->tool);
		denial->tool = xstrdup(question->tool_name);
		denial->user = user;
	}
	schema_clear(question_answer_fields, &answer);
}

char *
hint_text(const struct record *rec)
{
	struct denial denial = { 0 };
	struct buf out = { 0 };
	struct error err;

	if (rec->reason != REASON_DENIED ||
	    question_files_each(rec->dir, note, &denial, &err) != 0 ||
	    denial.tool == NULL)
		return outcome_hint(rec);
	buf_puts(&out, denial.user ? "the user denied " : "a model denied ");
	argument_name(denial.tool, &out);
	buf_puts(&out, ": do it another way, or ask before you try again");
	free(denial.tool);
	return buf_steal(&out);
}
