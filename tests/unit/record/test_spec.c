/*
 * What a task may be asked to be: the rules that no table can hold.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/record/spec.h"
#include "json/json.h"
#include "tests/unit/unit.h"

/* Nothing writes to the strings of a spec. */
#define S(s) ((char[]){ s })
#define V(...) ((char **)(void *)(const char *[]){ __VA_ARGS__, NULL })

static struct error err;

static void
setup(void)
{
	error_clear(&err);
}

static void
good(const struct task_spec *spec)
{
	error_clear(&err);
	ck_assert_msg(task_spec_check(spec, "tasks[3].", &err) == 0, "%s",
	    err.text);
	ck_assert_int_eq(err.code, ERR_NONE);
}

static void
bad(const struct task_spec *spec, const char *problem)
{
	error_clear(&err);
	ck_assert_int_eq(task_spec_check(spec, "tasks[3].", &err), -1);
	ck_assert_str_eq(err.text, problem);
	ck_assert_int_eq(err.code, ERR_INVALID);
}

static const char *
label(const char *text)
{
	error_clear(&err);
	task_label_check(text, "", "label", &err);
	return err.text;
}

START_TEST(labels)
{
	static const char *const fine[] = { "a", "fix-login", "7up", "t", "g",
		"tx7", "t7a", "A.b_c-d", "1.2", "g7x" };
	static const char *const ids[] = { "7", "0", "t7", "g12", "t0",
		"123456" };
	static const char *const odd[] = { "-a", ".a", "_a", "a b", "a/b",
		"a\xc3\xa9", "" };
	size_t i;

	ck_assert_int_eq(task_label_check(NULL, "", "label", &err), 0);
	for (i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		ck_assert_str_eq(label(fine[i]), "");
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		ck_assert_msg(
		    strstr(label(ids[i]),
			" looks like an id; choose a name that is no number "
			"and no t or g with one") != NULL,
		    "%s: %s", ids[i], err.text);
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		ck_assert_msg(
		    strstr(label(odd[i]),
			"must match [A-Za-z0-9][A-Za-z0-9._-]{0,39}") != NULL,
		    "%s: %s", odd[i], err.text);
	ck_assert_str_eq(label("11111111-2222-4333-8444-555555555555"),
	    "label: \"11111111-2222-4333-8444-555555555555\" looks like a "
	    "UUID; choose a name");
}
END_TEST

START_TEST(commands)
{
	struct task_spec spec = { .shell = S("ls"), .cwd = S("/") };

	good(&spec);
	ck_assert(!task_spec_is_agent(&spec));
	spec.cwd = S("here");
	bad(&spec,
	    "tasks[3].cwd: \"here\" is not absolute; it must begin with /");
	spec.cwd = NULL;
	spec.shell = NULL;
	spec.argv = V("ls", "-l");
	good(&spec);
	ck_assert(!task_spec_is_agent(&spec));
}
END_TEST

START_TEST(agents)
{
	struct task_spec spec = { .prompt = S("do"),
		.model = S("m"),
		.permission_mode = PERMISSION_PLAN };

	good(&spec);
	ck_assert(task_spec_is_agent(&spec));
}
END_TEST

static const char *
decoded(const char *text)
{
	struct json_object *object = json_parse(text, strlen(text), &err);
	struct task_spec spec = { 0 };

	error_clear(&err);
	schema_decode(task_spec_fields, object, "tasks[3].", &spec, &err);
	task_spec_check(&spec, "tasks[3].", &err);
	schema_clear(task_spec_fields, &spec);
	json_object_put(object);
	return err.text;
}

START_TEST(exactly_one)
{
	ck_assert_str_eq(decoded("{\"label\":\"x\"}"),
	    "tasks[3].prompt, command: give exactly one of prompt (an agent) "
	    "and command (a shell line or argv); got neither");
	ck_assert_str_eq(decoded("{\"prompt\":\"p\",\"command\":[\"c\"]}"),
	    "tasks[3].prompt, command: give exactly one of prompt (an agent) "
	    "and command (a shell line or argv); got both");
	ck_assert_str_eq(decoded("{\"prompt\":null,\"command\":7}"),
	    "tasks[3].command: expected a string or an array of strings, got "
	    "integer");
}
END_TEST

START_TEST(what_is_for_agents_only)
{
	struct task_spec spec = { .shell = S("ls"), .model = S("m") };

	bad(&spec,
	    "tasks[3].model, permission_mode and allowed_tools are for "
	    "agents; a command has none");
	spec.model = NULL;
	spec.options.max_turns = 3;
	bad(&spec,
	    "tasks[3].options: only env, key, idle_timeout_s, limits, "
	    "on_finish and priority are for commands, the others are for "
	    "agents");
	spec.options.max_turns = 0;
	spec.options.env = V("A=1");
	spec.options.key = S("k");
	spec.options.idle_timeout_s = 60;
	good(&spec);
}
END_TEST

START_TEST(idle_timeouts)
{
	struct task_spec spec = { .shell = S("ls") };

	spec.options.idle_timeout_s = 604800;
	good(&spec);
	spec.options.idle_timeout_s = 604801;
	bad(&spec,
	    "tasks[3].options.idle_timeout_s: 604801 is out of range, "
	    "allowed are 1 to 604800");
	spec.options.idle_timeout_s = -1;
	bad(&spec,
	    "tasks[3].options.idle_timeout_s: -1 is out of range, "
	    "allowed are 1 to 604800");
}
END_TEST

START_TEST(what_the_kernel_takes)
{
	char *big = xcalloc(1, EXEC_MAX_ARG_BYTES + 1);
	struct task_spec spec = { .shell = big };

	memset(big, 'x', EXEC_MAX_ARG_BYTES - 1);
	good(&spec);
	big[EXEC_MAX_ARG_BYTES - 1] = 'x';
	bad(&spec,
	    "tasks[3].command: is 131072 bytes long, the kernel takes "
	    "at most 131071; put it into a script and run that");
	spec.shell = NULL;
	spec.argv = V("sh", big);
	bad(&spec,
	    "tasks[3].command[1]: is 131072 bytes long, the kernel "
	    "takes at most 131071; put it into a file");
	spec.argv = NULL;
	spec.prompt = big;                       /* goes to stdin */
	spec.options.append_system_prompt = big; /* goes into a file */
	good(&spec);
	spec.options.json_schema = big;
	bad(&spec,
	    "tasks[3].options.json_schema: is 131072 bytes "
	    "long and goes on the agent's command line, which takes at "
	    "most 131039; put it into the prompt");
	spec.options.json_schema = NULL;
	spec.options.env = V("A=1", big);
	bad(&spec,
	    "tasks[3].options.env: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\" is "
	    "131072 bytes long, the kernel takes at most 131039; put it into "
	    "a file");
	spec.options.env = NULL;
	spec.allowed_tools = V(big);
	bad(&spec,
	    "tasks[3].allowed_tools: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\" is "
	    "131072 bytes long, the kernel takes at most 131039; put it into "
	    "a file");
	free(big);
}
END_TEST

START_TEST(bypassing_as_root)
{
	struct task_spec spec = { .prompt = S("p"),
		.permission_mode = PERMISSION_BYPASS };

	if (geteuid() != 0)
		good(&spec);
	else
		bad(&spec,
		    "tasks[3].permission_mode: claude refuses "
		    "bypassPermissions as root; name what is needed in "
		    "allowed_tools, or run ccproc as another user");
}
END_TEST

START_TEST(all_at_once)
{
	struct task_spec spec = { .shell = S("ls"),
		.cwd = S("x"),
		.label = S("-"),
		.model = S("m") };

	bad(&spec,
	    "tasks[3].cwd: \"x\" is not absolute; it must begin with /; "
	    "tasks[3].label: \"-\" must match [A-Za-z0-9][A-Za-z0-9._-]{0,39}; "
	    "tasks[3].model, permission_mode and allowed_tools are for agents; "
	    "a command has none");
}
END_TEST

START_TEST(words_of_modes)
{
	ck_assert_str_eq(permission_mode_name(PERMISSION_ASK), "default");
	ck_assert_str_eq(permission_mode_name(PERMISSION_BYPASS),
	    "bypassPermissions");
	ck_assert_ptr_null(permission_mode_name(PERMISSION_ABSENT));
}
END_TEST

START_TEST(copies)
{
	struct task_spec spec = { .prompt = S("p"),
		.timeout_s = 7,
		.allowed_tools = V("a", "b"),
		.options = { .env = V("A=1") } };
	struct task_spec *copy = task_spec_dup(&spec);

	ck_assert_str_eq(copy->prompt, "p");
	ck_assert_int_eq(copy->timeout_s, 7);
	ck_assert_str_eq(copy->allowed_tools[1], "b");
	ck_assert_str_eq(copy->options.env[0], "A=1");
	task_spec_free(copy);
	task_spec_free(NULL);
}
END_TEST

UNIT_SUITE
{
	unit_suite("spec", setup, NULL, labels, commands, agents, exactly_one,
	    what_is_for_agents_only, idle_timeouts, what_the_kernel_takes,
	    bypassing_as_root, all_at_once, words_of_modes, copies, NULL);
}
