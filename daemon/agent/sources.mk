libdaemon_a_SOURCES += \
	daemon/agent/activity.c \
	daemon/agent/activity.h \
	daemon/agent/activity_read.c \
	daemon/agent/activity_read.h \
	daemon/agent/argv.c \
	daemon/agent/argv.h \
	daemon/agent/event.c \
	daemon/agent/event.h \
	daemon/agent/last_words.c \
	daemon/agent/last_words.h \
	daemon/agent/permission_mode.c \
	daemon/agent/permission_mode.h \
	daemon/agent/profile.c \
	daemon/agent/profile.h \
	daemon/agent/profile_result.c \
	daemon/agent/result.c \
	daemon/agent/result.h \
	daemon/agent/usage.c \
	daemon/agent/usage.h

unit_tests += tests/unit/test_agent
tests_unit_test_agent_SOURCES = \
	tests/unit/agent/test_activity.c \
	tests/unit/agent/test_argv.c \
	tests/unit/agent/test_event.c \
	tests/unit/agent/test_kept.c \
	tests/unit/agent/test_profile.c \
	tests/unit/agent/test_result.c

# Here, too, the daemon finds its scripts where the keeper is.
pkglibexec_SCRIPTS += prompt-argument.sh
prompt-argument.sh: daemon/agent/prompt-argument.sh
	$(AM_V_GEN)cp -p $< $@
EXTRA_DIST += daemon/agent/README.md daemon/agent/prompt-argument.sh
