libdaemon_a_SOURCES += \
	daemon/record/age.c \
	daemon/record/age.h \
	daemon/record/damage.c \
	daemon/record/damage.h \
	daemon/record/load.c \
	daemon/record/load.h \
	daemon/record/outcome.c \
	daemon/record/outcome.h \
	daemon/record/record.c \
	daemon/record/record.h \
	daemon/record/run.c \
	daemon/record/run.h \
	daemon/record/spec.c \
	daemon/record/spec.h \
	daemon/record/waiting.c \
	daemon/record/waiting.h

unit_tests += tests/unit/test_record
tests_unit_test_record_SOURCES = \
	tests/unit/record/test_age.c \
	tests/unit/record/test_outcome.c \
	tests/unit/record/test_record.c \
	tests/unit/record/test_run.c \
	tests/unit/record/test_spec.c

EXTRA_DIST += daemon/record/README.md
