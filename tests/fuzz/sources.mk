# `make fuzzers' needs a tree configured with CC=clang --enable-fuzzers.
EXTRA_PROGRAMS += \
	tests/fuzz/fuzz_activity \
	tests/fuzz/fuzz_bridge \
	tests/fuzz/fuzz_clean \
	tests/fuzz/fuzz_events \
	tests/fuzz/fuzz_hello \
	tests/fuzz/fuzz_jsonscan \
	tests/fuzz/fuzz_rpc \
	tests/fuzz/fuzz_schema

# The targets compile in every tree, so that no change breaks one unseen.
check_LIBRARIES += libfuzz.a
libfuzz_a_SOURCES = $(EXTRA_PROGRAMS:=.c)
# Objects of its own: make refuses two rules for one.
libfuzz_a_CPPFLAGS = $(AM_CPPFLAGS)

EXTRA_DIST += tests/fuzz/corpus tests/fuzz/offers.h
