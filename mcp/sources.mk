libmcp_a_SOURCES = \
	mcp/ask.c \
	mcp/ask.h \
	mcp/batch.c \
	mcp/batch.h \
	mcp/call.c \
	mcp/call.h \
	mcp/changes.c \
	mcp/client_request.c \
	mcp/client_request.h \
	mcp/complete.c \
	mcp/content.c \
	mcp/content.h \
	mcp/debug.c \
	mcp/debug.h \
	mcp/elicit.c \
	mcp/elicit.h \
	mcp/eras.c \
	mcp/features.c \
	mcp/features.h \
	mcp/listen.c \
	mcp/logging.c \
	mcp/mcp.h \
	mcp/methods.h \
	mcp/notices.h \
	mcp/peer.c \
	mcp/peer.h \
	mcp/prompts.c \
	mcp/prompts.h \
	mcp/resources.c \
	mcp/resources.h \
	mcp/rpc.c \
	mcp/rpc.h \
	mcp/server.c \
	mcp/state.c \
	mcp/state.h \
	mcp/tasks.c \
	mcp/tasks.h \
	mcp/tools.c \
	mcp/watch.c

unit_tests += tests/unit/test_mcp
tests_unit_test_mcp_SOURCES = \
	tests/unit/mcp/test_ask.c \
	tests/unit/mcp/test_batch.c \
	tests/unit/mcp/test_changes.c \
	tests/unit/mcp/test_client_request.c \
	tests/unit/mcp/test_content.c \
	tests/unit/mcp/test_elicit.c \
	tests/unit/mcp/test_eras.c \
	tests/unit/mcp/test_prompts.c \
	tests/unit/mcp/test_resources.c \
	tests/unit/mcp/test_rpc.c \
	tests/unit/mcp/test_server.c \
	tests/unit/mcp/test_state.c \
	tests/unit/mcp/test_tasks.c \
	tests/unit/mcp/test_tools.c

EXTRA_DIST += mcp/README.md
