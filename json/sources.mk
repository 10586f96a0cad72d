libjson_a_SOURCES = \
	json/argument.c \
	json/argument.h \
	json/choices.c \
	json/choices.h \
	json/dialog.c \
	json/dialog.h \
	json/duration.c \
	json/duration.h \
	json/json.c \
	json/json.h \
	json/schema.c \
	json/schema.h \
	json/schema_describe.c \
	json/schema_editor.c \
	json/schema_encode.c \
	json/schema_leaf.c \
	json/schema_leaf.h \
	json/schema_meant.c \
	json/schema_meant.h \
	json/schema_own.c \
	json/schema_publish.c \
	json/schema_template.c \
	json/wording.c \
	json/wording.h

unit_tests += tests/unit/test_json
tests_unit_test_json_SOURCES = \
	tests/unit/json/test_choices.c \
	tests/unit/json/test_duration.c \
	tests/unit/json/test_json.c \
	tests/unit/json/test_schema.c \
	tests/unit/json/test_schema_map.c \
	tests/unit/json/test_schema_meant.c \
	tests/unit/json/test_schema_out.c \
	tests/unit/json/test_wording.c

EXTRA_DIST += json/README.md
