# shellcheck shell=sh
# The suites of check in C: unit tests in all their builds, and fuzzing.  See
# suites.sh.
# shellcheck disable=SC2154,SC2034

# count_check NAME LOG STATUS: counts what the program NAME of libcheck said.
count_check() {
	# "93%: Checks: 15, Failures: 1, Errors: 0"
	line=$(grep -E '^[0-9]+%: Checks: ' "$2" | tail -n 1)
	numbers=$(say "${line#*%}" | tr -dc '0-9 ')
	bad=0
	if [ -n "$line" ]; then
		set -- "$1" "$2" "$3" $numbers
		bad=$(($5 + $6))
		passed=$((passed + $4 - bad))
	fi
	if [ "$bad" -gt 0 ]; then
		# "store/test_lock.c:12:F:lock:one_holds_it:0: text"
		sed -n 's/^[^ :]*:[0-9]*:[FE]:\([^:]*:[^:]*\):[0-9]*: /\1: /p' \
		    "$2" >"$2.failures"
		while read -r text; do
			fail "$1/$text"
		done <"$2.failures"
		[ -s "$2.failures" ] || fail "$1: $bad failed"
		tail -n 60 "$2" | sed 's/^/    /'
	elif [ "$3" -ne 0 ]; then
		fail "$1 ended badly" "$2"
	elif [ -z "$line" ]; then
		passed=$((passed + 1)) # it is no program of libcheck
	fi
}

# unit_programs LABEL DIR [ROOM[/SUITE] ...]: in a build that is there.
unit_programs() {
	label=$1
	tested=$2
	shift 2
	if ! pkg-config --exists check; then
		skip "$label" "the library check is not installed"
		return
	fi
	if [ $# -eq 0 ]; then
		rm -f "$tested"/tests/*/*.log "$tested"/tests/*/*.trs
		limited 400 make -C "$tested" -k -j "$jobs" check \
		    >"$tested.log" 2>&1
		explain $? "$tested.log"
		for log in "$tested"/tests/*/*.log; do
			[ -e "$log" ] || fail "$label: no test ran" "$tested.log"
			grep -q '^:test-result: PASS' "${log%.log}.trs"
			count_check "$label/$(basename "$log" .log)" "$log" $?
		done
	fi
	for word; do
		log=$build/$label-$(say "$word" | tr / -).log
		part=${word#*/}
		[ "$part" != "$word" ] || part=
		(cd "$tested" && CCPROC_BUILD=$tested CCPROC_SOURCE=$top \
		    srcdir=$top limited 400 \
		    "tests/unit/test_${word%%/*}" $part) >"$log" 2>&1
		count_check "$label/$word" "$log" $?
	done
}

unit_tests() {
	unit_programs unit "$main" "$@"
}

# The sanitizer runtime, which is a package of its own in newer releases:
# prints its name when it is missing.
clang_runtime() {
	echo 'int LLVMFuzzerTestOneInput(const char *, unsigned long);
	int LLVMFuzzerTestOneInput(const char *a, unsigned long b)
	{ return a == 0 && b; }' >"$build/probe.c"
	clang -fsanitize=fuzzer,address "$build/probe.c" -o "$build/probe" \
	    2>/dev/null || echo "libclang-rt-$(clang -dumpversion |
	    cut -d. -f1)-dev"
}

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

sanitize_tests() {
	for compiler in gcc clang; do
		! sanitized $compiler ||
		    unit_programs sanitize-$compiler "$dir" "$@"
	done
}

# What valgrind cannot run, it says: system calls newer than it, and exec that
# fails.
valgrind_tests() {
	if ! valgrind -q true >"$build/valgrind.log" 2>&1; then
		skip valgrind "valgrind is not installed, or cannot run"
		return
	fi
	rm -f "$build"/valgrind-*
	programs=$(find "$main/tests/unit" -maxdepth 1 -name 'test_*' \
	    -type f -perm -u+x | LC_ALL=C sort)
	(
		CCPROC_PATIENCE=10 CCPROC_BUILD=$main CCPROC_SOURCE=$top
		srcdir=$top
		export CCPROC_PATIENCE CCPROC_BUILD CCPROC_SOURCE srcdir
		cd "$main" && say "$programs" | beside "$jobs" 400 \
		    "$build/valgrind" valgrind -q --error-exitcode=99 \
		    --leak-check=full \
		    --errors-for-leak-kinds=definite,possible
	)
	for name in $programs; do
		name=$(basename "$name")
		log=$build/valgrind-$name.log
		status=$(cat "$build/valgrind-$name.status")
		reason=$(grep -oE 'unhandled .* syscall: [0-9]+|EXEC FAILED|cannot run .* directly' "$log" | head -n 1)
		if [ "$status" -ne 0 ] && [ -n "$reason" ]; then
			skip "valgrind/$name" "valgrind says: $reason"
		else
			count_check "valgrind/$name" "$log" "$status"
		fi
	done
}

fuzz_tests() {
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
	[ $# -gt 0 ] || set -- $(cd "$top/tests/fuzz" && echo fuzz_*.c)
	for target; do
		target=${target#fuzz_}
		fuzz_one "${target%.c}"
	done
}

# fuzz_one NAME: a corpus of its own, seeded from the committed one.
fuzz_one() {
	grown=$build/fuzz/corpus-$1
	log=$build/fuzz/$1.log
	mkdir -p "$grown"
	limited $((fuzz_s + 60)) "$build/fuzz/tests/fuzz/fuzz_$1" \
	    -max_total_time="$fuzz_s" -timeout=10 -rss_limit_mb=1024 \
	    -artifact_prefix="$build/fuzz/$1-" "$grown" \
	    "$top/tests/fuzz/corpus/$1" >"$log" 2>&1
	status=$?
	explain $status "$log"
	if [ $status -eq 0 ]; then
		passed=$((passed + 1))
	else
		fail "fuzz/$1" "$log"
	fi
}
