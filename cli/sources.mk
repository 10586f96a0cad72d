libcli_a_SOURCES = \
	cli/activity.c \
	cli/activity.h \
	cli/again.c \
	cli/again.h \
	cli/asking.c \
	cli/asking.h \
	cli/attend.c \
	cli/attend.h \
	cli/changes.c \
	cli/changes.h \
	cli/checkup.c \
	cli/checkup.h \
	cli/checkup_claude.c \
	cli/checkup_claude.h \
	cli/checkup_self.c \
	cli/checkup_self.h \
	cli/child.c \
	cli/child.h \
	cli/claude.c \
	cli/claude.h \
	cli/columns.c \
	cli/columns.h \
	cli/control.c \
	cli/control.h \
	cli/daemon.c \
	cli/daemon.h \
	cli/editor.c \
	cli/editor.h \
	cli/facts.c \
	cli/facts.h \
	cli/files.c \
	cli/files.h \
	cli/follow.c \
	cli/follow.h \
	cli/hooks.c \
	cli/hooks.h \
	cli/input.c \
	cli/input.h \
	cli/lens.c \
	cli/lens.h \
	cli/link.c \
	cli/link.h \
	cli/many.c \
	cli/many.h \
	cli/options.c \
	cli/options.h \
	cli/pager.c \
	cli/pager.h \
	cli/pages.c \
	cli/pages.h \
	cli/path.c \
	cli/path.h \
	cli/progress.c \
	cli/progress.h \
	cli/prompt.c \
	cli/prompt.h \
	cli/reader.c \
	cli/reader.h \
	cli/result.c \
	cli/result.h \
	cli/ring.c \
	cli/ring.h \
	cli/rpc.c \
	cli/rpc.h \
	cli/runs.c \
	cli/runs.h \
	cli/say.c \
	cli/say.h \
	cli/select.c \
	cli/select.h \
	cli/signals.c \
	cli/signals.h \
	cli/spec.c \
	cli/spec.h \
	cli/start.c \
	cli/start.h \
	cli/start_options.c \
	cli/start_options.h \
	cli/status.c \
	cli/status.h \
	cli/stay.c \
	cli/stay.h \
	cli/table.c \
	cli/table.h \
	cli/tail.c \
	cli/tail.h \
	cli/tasks.c \
	cli/tasks.h \
	cli/terminal.c \
	cli/terminal.h \
	cli/text.c \
	cli/text.h \
	cli/unit.c \
	cli/unit.h \
	cli/usage.c \
	cli/usage.h \
	cli/waited.c \
	cli/waited.h \
	cli/when.c \
	cli/when.h

unit_tests += tests/unit/test_cli
tests_unit_test_cli_SOURCES = \
	tests/unit/cli/test_files.c \
	tests/unit/cli/test_follow.c \
	tests/unit/cli/test_lens.c \
	tests/unit/cli/test_options.c \
	tests/unit/cli/test_status.c \
	tests/unit/cli/test_text.c

# Printed by `ccproc completion', and called by no name.
completions = completion.bash completion.zsh completion.fish
pkglibexec_SCRIPTS += $(completions)
$(completions): completion.%: cli/completion.%
	$(AM_V_GEN)cp $< $@ && chmod +x $@

dist_man_MANS += cli/ccproc.1
EXTRA_DIST += cli/README.md cli/completion.bash cli/completion.fish \
	cli/completion.zsh
