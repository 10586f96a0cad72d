# For the official conformance suite: what it calls by name, over stdio.
noinst_PROGRAMS = tests/conformance/fixture-server
tests_conformance_fixture_server_SOURCES = \
	tests/conformance/bytes.c \
	tests/conformance/content.c \
	tests/conformance/elicit.c \
	tests/conformance/fixtures.c \
	tests/conformance/fixtures.h \
	tests/conformance/jobs.c \
	tests/conformance/jobs.h \
	tests/conformance/main.c \
	tests/conformance/mrtr.c \
	tests/conformance/prompts.c \
	tests/conformance/resources.c \
	tests/conformance/slow.c
tests_conformance_fixture_server_LDADD = libmcp.a libjson.a libcommon.a \
	$(LIBEVENT_LIBS) $(JSONC_LIBS) $(UUID_LIBS)

EXTRA_DIST += \
	tests/conformance/adapter.mjs \
	tests/conformance/cases-legacy.mjs \
	tests/conformance/cases-modern.mjs \
	tests/conformance/differential.mjs \
	tests/conformance/headers.mjs \
	tests/conformance/legacy.mjs \
	tests/conformance/modern.mjs \
	tests/conformance/normal.mjs \
	tests/conformance/peer.mjs \
	tests/conformance/reply.mjs \
	tests/conformance/run.mjs \
	tests/conformance/stdio.mjs \
	tests/conformance/suite.mjs \
	tests/conformance/tap.mjs
