libdaemon_a_SOURCES += \
	daemon/retention/clock.c \
	daemon/retention/clock.h \
	daemon/retention/kept.c \
	daemon/retention/kept.h \
	daemon/retention/pass.c \
	daemon/retention/pass.h \
	daemon/retention/retention.c \
	daemon/retention/retention.h

unit_tests += tests/unit/test_retention
tests_unit_test_retention_SOURCES = \
	tests/unit/retention/test_clock.c \
	tests/unit/retention/test_kept.c \
	tests/unit/retention/test_retention.c

EXTRA_DIST += daemon/retention/README.md
