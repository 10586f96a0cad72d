libdaemon_a_SOURCES += \
	daemon/retention/pass.c \
	daemon/retention/pass.h \
	daemon/retention/retention.c \
	daemon/retention/retention.h

tests_unit_test_retention_SOURCES = \
	tests/unit/retention/test_retention.c
