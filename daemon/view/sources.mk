libdaemon_a_SOURCES += \
	daemon/view/call.c \
	daemon/view/call.h \
	daemon/view/clean.c \
	daemon/view/clean.h \
	daemon/view/group.c \
	daemon/view/group.h \
	daemon/view/hint.c \
	daemon/view/hint.h \
	daemon/view/json.c \
	daemon/view/json.h \
	daemon/view/line.c \
	daemon/view/line.h \
	daemon/view/matcher.c \
	daemon/view/matcher.h \
	daemon/view/name.c \
	daemon/view/name.h \
	daemon/view/output.c \
	daemon/view/output.h \
	daemon/view/person.c \
	daemon/view/person.h \
	daemon/view/place.c \
	daemon/view/place.h \
	daemon/view/progress.c \
	daemon/view/progress.h \
	daemon/view/questions.c \
	daemon/view/questions.h \
	daemon/view/ranks.c \
	daemon/view/ranks.h \
	daemon/view/search.c \
	daemon/view/search.h \
	daemon/view/several.c \
	daemon/view/several.h \
	daemon/view/table.c \
	daemon/view/table.h \
	daemon/view/text.c \
	daemon/view/text.h

unit_tests += tests/unit/test_view
tests_unit_test_view_SOURCES = \
	tests/unit/view/test_clean.c \
	tests/unit/view/test_group.c \
	tests/unit/view/test_json.c \
	tests/unit/view/test_matcher.c \
	tests/unit/view/test_name.c \
	tests/unit/view/test_output.c \
	tests/unit/view/test_person.c \
	tests/unit/view/test_progress.c \
	tests/unit/view/test_text.c

EXTRA_DIST += daemon/view/README.md
