/*
 * The folder of a task.
 */
#include <string.h>
#include <sys/stat.h>

#include <json-c/json.h>

#include "cli/files.h"
#include "common/error.h"
#include "tests/unit/unit.h"

START_TEST(files_and_those_of_runs_have_sizes)
{
	struct error err;
	struct json_object *files;

	unit_write("stdout", "seven");
	unit_write("exit.json", "");
	ck_assert_int_eq(mkdir(unit_path("run-10"), 0700), 0);
	ck_assert_int_eq(mkdir(unit_path("run-9"), 0700), 0);
	unit_write("run-10/stdout", "ten");
	unit_write("run-9/stdout", "nine");
	ck_assert_int_eq(mkdir(unit_path("run-9/deeper"), 0700), 0);
	unit_write("run-9/deeper/not-told", "x");
	files = files_in(unit_dir(), &err);
	ck_assert_ptr_nonnull(files);
	ck_assert_uint_eq(json_object_array_length(files), 5);
	json_object_object_del(json_object_array_get_idx(files, 1), "bytes");
	ck_assert_str_eq(json_object_to_json_string_ext(files,
			     JSON_C_TO_STRING_NOSLASHESCAPE),
	    "[{\"name\":\"exit.json\",\"bytes\":0},"
	    "{\"name\":\"run-9/deeper\"},"
	    "{\"name\":\"run-9/stdout\",\"bytes\":4},"
	    "{\"name\":\"run-10/stdout\",\"bytes\":3},"
	    "{\"name\":\"stdout\",\"bytes\":5}]");
	json_object_put(files);
	unit_cleanup();
}
END_TEST

START_TEST(a_folder_that_is_gone_is_told)
{
	struct error err;

	ck_assert_ptr_null(files_in(unit_path("none"), &err));
	ck_assert_ptr_nonnull(strstr(err.text,
	    "/none: No such file or directory"));
	unit_cleanup();
}
END_TEST

UNIT_SUITE
{
	unit_suite("files", NULL, NULL, files_and_those_of_runs_have_sizes,
	    a_folder_that_is_gone_is_told, NULL);
}
