# shellcheck shell=sh
# The suites of check that need builds of their own, tools, or much time.
# check reads this file; passed, failed, build, main, top and jobs are its.
# shellcheck disable=SC2154,SC2034

# sanitized COMPILER: a build in $build/sanitize-COMPILER.
sanitized() {
	if ! have "$1"; then
		skip "sanitize-$1" "$1 is not installed"
		return 1
	fi
	if [ "$1" = clang ] && [ -n "$(clang_runtime)" ]; then
		skip sanitize-clang "clang lacks its sanitizer runtime"
		return 1
	fi
	dir=$build/sanitize-$1
	configured "$dir" CC="$1" --enable-werror --enable-sanitizers &&
	    made "$dir" && made "$dir" check TESTS= && return
	fail "sanitize-$1: does not build" "$dir.log"
	return 1
}

sanitized_tests() {
	for compiler in gcc clang; do
		! sanitized $compiler || unit_tests sanitize-$compiler "$dir"
	done
}

# The suite takes half a minute; it skips itself where it is not installed.
conformance_tests() {
	server=$main/tests/conformance/fixture-server
	if ! reason=$(node_ready); then
		skip conformance "$reason"
		return
	fi
	fetched npm "$top/tests/system/package.json"
	before=$passed
	log=$build/conformance.log
	CCPROC_NODE_MODULES=$cache/node_modules limited 300 \
	    node "$top/tests/conformance/run.mjs" "$server" >"$log" 2>&1
	status=$?
	explain $status 300 "$log"
	count_tap conformance $status "$log"
	sed -n 's/^# \(20.* checks passed\)/conformance: \1/p' "$log"
	say "conformance: $((passed - before)) passed"
}

# Programs that nobody listens to report into files.
sanitized_system_tests() {
	sanitized gcc || return
	rm -f "$build"/report.*
	ASAN_OPTIONS=log_path=$build/report UBSAN_OPTIONS=$ASAN_OPTIONS
	export ASAN_OPTIONS UBSAN_OPTIONS
	system_tests sanitize-system "$dir"
	unset ASAN_OPTIONS UBSAN_OPTIONS
	for report in "$build"/report.*; do
		# some tests look on by strace
		[ ! -e "$report" ] ||
		    grep -q 'does not work under ptrace' "$report" ||
		    fail sanitize-system "$report"
	done
}

# chaos NAME BUILD OPTION ...: one run of tests/chaos/run counts as a test.
chaos() {
	log=$build/chaos-$1.log
	name=chaos/$1
	tested=$2
	shift 2
	limited 200 "$top/tests/chaos/run" --build "$tested" --limit 150 \
	    --seed "$chaos_seed" "$@" >"$log" 2>&1
	status=$?
	explain $status 200 "$log"
	if [ $status -eq 0 ]; then
		passed=$((passed + 1))
		say "$name: $(tail -n 1 "$log")"
	else
		fail "$name" "$log"
	fi
}

# A build with steps has no other use; what needs one is tested here, too.
chaos_tests() {
	if ! reason=$(node_ready); then
		skip chaos "$reason"
		return
	fi
	chaos_seed=${CCPROC_CHECK_SEED:-$(date +%j%H%M%S)}
	before=$passed
	say "chaos: the seed is $chaos_seed"
	chaos random "$main" --tasks 1500 --bridges 8 --kills 60
	chaos keepers "$main" --tasks 400 --kills 20 --keepers
	if ! configured "$build/steps" --enable-werror --enable-test-steps ||
	    ! made "$build/steps"; then
		fail "chaos: the build with steps fails" "$build/steps.log"
		return
	fi
	chaos steps "$build/steps" --steps
	node_tests chaos "$build/steps" "$top"/tests/chaos/*.test.mjs
	say "chaos: $((passed - before)) passed"
}

# What valgrind cannot run, it says: system calls newer than it, and exec that
# fails.
valgrind_tests() {
	if ! valgrind -q true >"$build/valgrind.log" 2>&1; then
		skip valgrind "valgrind is not installed, or cannot run"
		return
	fi
	before=$passed
	programs=$(cd "$main/tests/unit" && find . -maxdepth 1 -name 'test_*' \
	    -type f -perm -u+x | LC_ALL=C sort)
	(cd "$main/tests/unit" && say "$programs" |
	    CCPROC_BUILD=$main srcdir=$top xargs -P "$jobs" -I NAME sh -c '
	    timeout -k 10 400 valgrind -q --error-exitcode=99 \
		--leak-check=full --errors-for-leak-kinds=definite,possible \
		./NAME </dev/null >NAME.valgrind 2>&1; echo $? >NAME.status')
	for name in $programs; do
		name=${name#./}
		log=$main/tests/unit/$name.valgrind
		reason=$(grep -oE 'unhandled .* syscall: [0-9]+|EXEC FAILED|cannot run .* directly' "$log" | head -n 1)
		if [ "$(cat "${log%.valgrind}.status")" = 0 ]; then
			line=$(sed -n 's/^100%: Checks: \([0-9]*\).*/\1/p' "$log")
			passed=$((passed + line))
		elif [ -n "$reason" ]; then
			skip "valgrind/$name" "valgrind says: $reason"
		else
			fail "valgrind/$name" "$log"
		fi
	done
	say "valgrind: $((passed - before)) passed"
}

# The archive builds, tests, installs and uninstalls; and has what git has.
dist_tests() {
	if ! made "$main" distcheck; then
		fail "dist: make distcheck" "$main.log"
		return
	fi
	passed=$((passed + 1))
	tar -tzf "$main"/ccproc-*.tar.gz | sed 's,^[^/]*/,,' >"$build/dist.have"
	lacking=$(cd "$top" && git ls-files 2>/dev/null |
	    grep -vxF -e .gitignore -f "$build/dist.have")
	if [ -n "$lacking" ]; then
		fail "dist: the archive lacks $lacking"
	else
		passed=$((passed + 1))
		say "dist: 2 passed"
	fi
}

fuzz_tests() {
	set -- "$top"/tests/fuzz/*.c
	[ -e "$1" ] || return
	if ! have clang; then
		skip fuzz "clang is not installed"
		return
	fi
	if [ -n "$(clang_runtime)" ]; then
		skip fuzz "clang lacks its sanitizer runtime"
		return
	fi
	if ! configured "$build/fuzz" CC=clang --enable-werror \
	    --enable-fuzzers || ! made "$build/fuzz" fuzzers; then
		fail "fuzz: does not build" "$build/fuzz.log"
		return
	fi
	before=$passed
	for file; do
		fuzz_one "$(basename "$file" .c)"
	done
	say "fuzz: $((passed - before)) passed"
}

# fuzz_one NAME: a corpus of its own, seeded from the committed one.
fuzz_one() {
	grown=$build/fuzz/corpus-$1
	mkdir -p "$grown"
	set -- "$1" "$top/tests/fuzz/corpus/$1" "$top/tests/fuzz/corpus/${1#fuzz_}"
	seeds=
	[ ! -d "$2" ] || seeds=$2
	[ ! -d "$3" ] || seeds=$3
	limited $((fuzz_s + 60)) "$build/fuzz/tests/fuzz/$1" \
	    -max_total_time="$fuzz_s" -timeout=10 -rss_limit_mb=1024 \
	    -artifact_prefix="$build/fuzz/$1-" "$grown" ${seeds:+"$seeds"} \
	    >"$build/fuzz/$1.log" 2>&1
	status=$?
	explain $status $((fuzz_s + 60)) "$build/fuzz/$1.log"
	if [ $status -eq 0 ]; then
		passed=$((passed + 1))
	else
		fail "fuzz/$1" "$build/fuzz/$1.log"
	fi
}
