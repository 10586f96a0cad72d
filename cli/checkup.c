/*
 * The list of doctor.  See checkup.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/checkup.h"
#include "cli/text.h"
#include "common/mem.h"
#include "json/json.h"

struct check {
	const char *name;
	enum checkup_state state;
	char *seen, *mend;
};

struct checkup {
	struct check *checks;
	size_t n;
};

static const struct {
	const char *word, *mark;
} states[] = {
	[CHECKUP_OK] = { "ok", "ok  " },
	[CHECKUP_NOTE] = { "note", "note" },
	[CHECKUP_BAD] = { "bad", "BAD " },
};

struct checkup *
checkup_new(void)
{
	return xcalloc(1, sizeof(struct checkup));
}

void
checkup_free(struct checkup *checkup)
{
	size_t i;

	for (i = 0; i < checkup->n; i++) {
		free(checkup->checks[i].seen);
		free(checkup->checks[i].mend);
	}
	free(checkup->checks);
	free(checkup);
}

void
checkup_add(struct checkup *checkup, const char *name, enum checkup_state state,
    const char *mend, const char *seen, ...)
{
	struct check *check;
	va_list ap;

	checkup->checks = xreallocarray(checkup->checks, checkup->n + 1,
	    sizeof(*checkup->checks));
	check = &checkup->checks[checkup->n++];
	check->name = name;
	check->state = state;
	check->mend = mend == NULL ? NULL : xstrdup(mend);
	va_start(ap, seen);
	if (vasprintf(&check->seen, seen, ap) == -1)
		check->seen = xstrdup(seen);
	va_end(ap);
}

static void
print_line(const struct check *check)
{
	char *line = xasprintf("%s  %-12s %s%s%s", states[check->state].mark,
	    check->name, check->seen, check->mend == NULL ? "" : " -> ",
	    check->mend == NULL ? "" : check->mend);

	text_print(stdout, line);
	free(line);
}

static struct json_object *
published(const struct check *check)
{
	struct json_object *object = json_object_new_object();

	json_add_string(object, "name", check->name);
	json_add_string(object, "state", states[check->state].word);
	json_add_string(object, "seen", check->seen);
	if (check->mend != NULL)
		json_add_string(object, "mend", check->mend);
	return object;
}

bool
checkup_print(const struct checkup *checkup, bool json)
{
	struct json_object *root = json_object_new_object();
	struct json_object *list = json_object_new_array();
	bool good = true;
	size_t i;

	for (i = 0; i < checkup->n; i++) {
		good &= checkup->checks[i].state != CHECKUP_BAD;
		if (json)
			json_object_array_add(list,
			    published(&checkup->checks[i]));
		else
			print_line(&checkup->checks[i]);
	}
	json_add_bool(root, "ok", good);
	json_add(root, "checks", list);
	if (json)
		text_print_json(root);
	json_object_put(root);
	return good;
}
