# libc only: all that bridge and keeper link.
common_sources = \
	common/ancestor.c \
	common/attributes.c \
	common/base64.c \
	common/cgroup_of.c \
	common/envelope.c \
	common/error.c \
	common/exitrec.c \
	common/holder.c \
	common/hookend.c \
	common/id.c \
	common/io.c \
	common/jsonscan.c \
	common/jsonscan_read.c \
	common/keeperctl.c \
	common/launch.c \
	common/lines.c \
	common/log.c \
	common/machine.c \
	common/mem.c \
	common/paths.c \
	common/program.c \
	common/sock.c \
	common/starter.c \
	common/step.c \
	common/timefmt.c \
	common/utf8.c
common_headers = \
	common/ancestor.h \
	common/attributes.h \
	common/base64.h \
	common/cgroup_of.h \
	common/envelope.h \
	common/error.h \
	common/exitrec.h \
	common/holder.h \
	common/hookend.h \
	common/id.h \
	common/io.h \
	common/jsonscan.h \
	common/jsonscan_text.h \
	common/keeperctl.h \
	common/launch.h \
	common/limits.h \
	common/lines.h \
	common/log.h \
	common/machine.h \
	common/mem.h \
	common/monotime.h \
	common/paths.h \
	common/pidfd.h \
	common/program.h \
	common/scope.h \
	common/sock.h \
	common/starter.h \
	common/step.h \
	common/timefmt.h \
	common/utf8.h
libcommon_a_SOURCES = $(common_headers) $(common_sources)

unit_tests += tests/unit/test_common
tests_unit_test_common_SOURCES = \
	tests/unit/common/test_attributes.c \
	tests/unit/common/test_base64.c \
	tests/unit/common/test_error.c \
	tests/unit/common/test_exitrec.c \
	tests/unit/common/test_hello.c \
	tests/unit/common/test_holder.c \
	tests/unit/common/test_id.c \
	tests/unit/common/test_jsonscan.c \
	tests/unit/common/test_keeperctl.c \
	tests/unit/common/test_lines.c \
	tests/unit/common/test_log.c \
	tests/unit/common/test_machine.c \
	tests/unit/common/test_mem.c \
	tests/unit/common/test_paths.c \
	tests/unit/common/test_program.c \
	tests/unit/common/test_sock.c \
	tests/unit/common/test_starter.c \
	tests/unit/common/test_step.c \
	tests/unit/common/test_timefmt.c \
	tests/unit/common/test_utf8.c
unit_tests += tests/unit/test_launch
tests_unit_test_launch_SOURCES = tests/unit/common/test_launch.c

EXTRA_DIST += common/README.md
