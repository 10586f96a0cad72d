libdaemon_a_SOURCES += \
	daemon/address.c \
	daemon/address.h \
	daemon/client.c \
	daemon/client.h \
	daemon/config.c \
	daemon/config.h \
	daemon/crash.c \
	daemon/crash.h \
	daemon/hello.c \
	daemon/hello.h \
	daemon/names.c \
	daemon/names.h \
	daemon/options.c \
	daemon/options.h \
	daemon/outbox.c \
	daemon/outbox.h \
	daemon/prefix.c \
	daemon/prefix.h \
	daemon/server.c \
	daemon/server.h \
	daemon/session.c \
	daemon/session.h \
	daemon/state.c \
	daemon/state.h

unit_tests += tests/unit/test_daemon
tests_unit_test_daemon_SOURCES = \
	tests/unit/daemon/test_client.c \
	tests/unit/daemon/test_config.c \
	tests/unit/daemon/test_crash.c \
	tests/unit/daemon/test_outbox.c \
	tests/unit/daemon/test_session.c

dist_man_MANS += daemon/ccproc-config.5
dist_man_MANS += daemon/ccproc-state.5
dist_man_MANS += daemon/ccprocd.8
EXTRA_DIST += daemon/README.md
