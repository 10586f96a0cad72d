libdaemon_a_SOURCES += \
	daemon/provide/prompts.c \
	daemon/provide/prompts.h \
	daemon/provide/provide.c \
	daemon/provide/provide.h \
	daemon/provide/recent.c \
	daemon/provide/recent.h \
	daemon/provide/resource_uri.c \
	daemon/provide/resource_uri.h \
	daemon/provide/resource_watch.c \
	daemon/provide/resource_watch.h \
	daemon/provide/resources.c \
	daemon/provide/resources.h \
	daemon/provide/taskext.c \
	daemon/provide/taskext.h

unit_tests += tests/unit/test_provide
tests_unit_test_provide_SOURCES = \
	tests/unit/provide/test_prompts.c \
	tests/unit/provide/test_resources.c \
	tests/unit/provide/test_taskext.c

EXTRA_DIST += daemon/provide/README.md
