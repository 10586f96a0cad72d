# shellcheck shell=sh
# The suites of check, which reads this file, but those in C: SUITE_tests WORD
# ... is one, and passed, failed, build, cache, main, top and jobs are check's.
# shellcheck disable=SC2154,SC2034

# ---- of the tree ----

style_tests() {
	[ $# -gt 0 ] || set -- $(cd "$top/tests/style" && echo *)
	for name; do
		script=$top/tests/style/$name
		[ -f "$script" ] || fail "style/$name: there is no such check"
		[ -x "$script" ] || continue
		log=$build/style-$name.log
		CCPROC_BUILD=$main limited 400 "$script" >"$log" 2>&1
		status=$?
		explain $status "$log"
		case $status in
		0) passed=$((passed + 1)) ;;
		77) skip "style/$name" "$(head -n 1 "$log")" ;;
		*) fail "style/$name" "$log" ;;
		esac
	done
}

# The archive builds, tests, installs and uninstalls; and has what git has.
dist_tests() {
	if ! made "$main" distcheck VERBOSE=1; then
		fail "dist: make distcheck" "$main.log"
		return
	fi
	passed=$((passed + 1))
	tar -tzf "$main"/ccproc-*.tar.gz | sed 's,^[^/]*/,,' >"$build/dist.have"
	lacking=$(cd "$top" && git ls-files 2>/dev/null |
	    grep -vxF -e .gitignore -f "$build/dist.have")
	if [ -n "$lacking" ]; then
		fail "dist: the archive lacks" $lacking
	else
		passed=$((passed + 1))
	fi
}

# ---- in JavaScript ----

# node_ready NAME: whether node is there and can test; else NAME is skipped.
node_ready() {
	if ! have node; then
		skip "$1" "node is not installed"
		return 1
	fi
	major=$(node -p 'process.versions.node.split(".")[0]')
	if [ "$major" -lt 18 ]; then
		skip "$1" "node $major is too old, 18 is needed"
		return 1
	fi
}

# The number that node's summary gives for a word: "# pass 7".
tap_count() {
	count=$(sed -n "s/^# $1 \([0-9]*\)\$/\1/p" "$2" | tail -n 1)
	say "${count:-0}"
}

# Prints the failed tests of a TAP file with their diagnostics.
tap_failures() {
	awk '/^ *not ok/ { on = 1; n = 0 }
	    /^ *ok / { on = 0 }
	    on && n++ < 40 { print "    " $0 }
	    /^ *\.\.\.$/ { on = 0 }' "$1"
}

# count_tap NAME STATUS LOG: counts what a TAP file says.  A test of which
# only parts failed is not named besides them.
count_tap() {
	bad=$(($(tap_count fail "$3") + $(tap_count cancelled "$3")))
	passed=$((passed + $(tap_count pass "$3")))
	sed -n "s|^ *ok [0-9]* - \(.*\) # SKIP *\(.*\)|skip $1: \1: \2|p" \
	    "$3" >"$3.skips"
	cat "$3.skips"
	skipped=$((skipped + $(wc -l <"$3.skips")))
	if [ "$bad" -gt 0 ]; then
		awk '/^ *not ok/ { name = $0; sub(/^ *not ok [0-9]* - /, "", name) }
		    /failureType: .subtestsFailed/ { name = "" }
		    /^ *\.\.\.$/ && name != "" { print name; name = "" }' \
		    "$3" >"$3.failures"
		[ -s "$3.failures" ] || say "$bad failed" >"$3.failures"
		while read -r text; do
			fail "$1: $text"
		done <"$3.failures"
		tap_failures "$3"
	elif [ "$2" -ne 0 ]; then
		fail "$1 ended with status $2" "$3"
	fi
}

# node_tests LABEL JOBS FILE ...: so many at a time; those that say that they
# run alone, afterwards one by one.
node_tests() {
	label=$1
	at_once=$2
	shift 2
	rm -f "$build/$label"-*.status
	seconds=${file_s:-300}
	limit=$((seconds * $(patience)))
	alone=$(grep -l '^// Runs alone' "$@")
	for file; do
		is_in "$file" $alone || say "$file"
	done | beside "$at_once" "$seconds" "$build/$label" \
	    node --test --test-reporter=tap
	[ -z "$alone" ] || say "$alone" | beside 1 "$seconds" "$build/$label" \
	    node --test --test-reporter=tap
	for file; do
		name=$(basename "$file" .test.mjs)
		log=$build/$label-$name.log
		status=$(cat "$build/$label-$name.status")
		explain "${status:=1}" "$log"
		count_tap "$label/$name" "$status" "$log"
	done
}

# test_files LABEL FOLDER [WORD ...]: the test files that begin with one of the
# words, or all, in files.
test_files() {
	label=$1
	folder=$top/tests/$2
	shift 2
	files=
	[ $# -gt 0 ] || set -- ''
	for word; do
		found=$(echo "$folder/${word%.test.mjs}"*.test.mjs)
		case $found in
		*'*'*) fail "$label: no file begins with $word" ;;
		*) files="$files $found" ;;
		esac
	done
}

# system_files LABEL JOBS BUILD [FILE ...]
system_files() {
	label=$1
	at_once=$2
	CCPROC_BUILD=$3
	shift 3
	node_ready "$label" || return
	CCPROC_NODE_MODULES=$cache/node_modules
	CCPROC_PYTHON=$cache/python/bin/python
	export CCPROC_BUILD CCPROC_NODE_MODULES CCPROC_PYTHON
	fetched npm "$top/tests/system/package.json"
	fetched claude "$top/tests/system/package.json"
	[ -z "${CCPROC_CHECK_AGENTS-}" ] ||
	    fetched agents "$top/tests/system/package.json"
	fetched python "$top/tests/system/requirements.txt"
	test_files "$label" system "$@"
	[ -z "$files" ] || node_tests "$label" "$at_once" $files
}

# Most of the time they wait.
system_tests() {
	system_files system "${CCPROC_CHECK_JOBS:-$((2 * jobs))}" "$main" "$@"
}

# Programs that nobody listens to report into files.
sanitize_system_tests() {
	sanitized gcc || return
	rm -f "$build"/report.*
	ASAN_OPTIONS=log_path=$build/report UBSAN_OPTIONS=$ASAN_OPTIONS
	export ASAN_OPTIONS UBSAN_OPTIONS
	system_files sanitize-system "${CCPROC_CHECK_JOBS:-$jobs}" "$dir" "$@"
	unset ASAN_OPTIONS UBSAN_OPTIONS
	for report in "$build"/report.*; do
		# some tests look on by strace
		[ ! -e "$report" ] ||
		    grep -q 'does not work under ptrace' "$report" ||
		    fail sanitize-system "$report"
	done
}

# The suite takes half a minute; it skips itself where it is not installed.
conformance_tests() {
	node_ready conformance || return
	fetched npm "$top/tests/system/package.json"
	log=$build/conformance.log
	CCPROC_NODE_MODULES=$cache/node_modules limited 300 \
	    node "$top/tests/conformance/run.mjs" \
	    "$main/tests/conformance/fixture-server" >"$log" 2>&1
	status=$?
	explain $status "$log"
	count_tap conformance $status "$log"
	sed -n 's/^# \(20.* checks passed\)/conformance: \1/p' "$log"
	[ -z "${CCPROC_CHECK_MODEL-}" ] || compare_servers
}

# Ours and the model are told the same.
compare_servers() {
	log=$build/differential.log
	limited 300 node "$top/tests/conformance/differential.mjs" \
	    "$main/tests/conformance/fixture-server" "$CCPROC_CHECK_MODEL" \
	    >"$log" 2>&1
	status=$?
	explain $status "$log"
	count_tap differential $status "$log"
}

# chaos NAME BUILD OPTION ...: one run of tests/chaos/run counts as a test.
chaos() {
	log=$build/chaos-$1.log
	name=chaos/$1
	tested=$2
	shift 2
	limited "${chaos_s:-200}" "$top/tests/chaos/run" --build "$tested" --limit 150 \
	    --seed "$seed" "$@" >"$log" 2>&1
	status=$?
	explain $status "$log"
	if [ $status -eq 0 ]; then
		passed=$((passed + 1))
		say "$name: $(tail -n 1 "$log")"
	else
		fail "$name: seed $seed" "$log"
	fi
}

# A build with steps has no other use; what needs one is tested here, too.
chaos_tests() {
	node_ready chaos || return
	seed=$(date +%j%H%M%S)
	runs=
	while [ $# -gt 0 ]; do
		case $1 in
		--seed) seed=${2-} && shift ;;
		*) runs="$runs $1" ;;
		esac
		shift
	done
	runs=${runs:- random keepers steps files}
	say "chaos: the seed is $seed"
	if is_in random $runs; then
		chaos random "$main" --tasks 1500 --bridges 8 --kills 60
	fi
	if is_in keepers $runs; then
		chaos keepers "$main" --tasks 400 --kills 20 --keepers
	fi
	is_in steps $runs || is_in files $runs || return
	if ! configured "$build/steps" --enable-werror --enable-debug \
	    --enable-test-steps || ! made "$build/steps"; then
		fail "chaos: the build with steps fails" "$build/steps.log"
		return
	fi
	if is_in steps $runs; then
		chaos steps "$build/steps" --steps
	fi
	is_in files $runs || return
	CCPROC_BUILD=$build/steps
	export CCPROC_BUILD
	node_tests chaos-files 1 "$top"/tests/chaos/*.test.mjs
}

# power_cut SYSTEM SEED CUTS: one run of tests/power/run counts as a test.
power_cut() {
	log=$build/power-$1.log
	limited 1200 "$top/tests/power/run" --build "$main" --seed "$2" \
	    --cuts "$3" "$1" >"$log" 2>&1
	status=$?
	explain $status "$log"
	case $status in
	0) passed=$((passed + 1)) && say "power/$(tail -n 1 "$log")" ;;
	77) skip "power/$1" "$(head -n 1 "$log")" ;;
	*) fail "power/$1: seed $2" "$log" ;;
	esac
}

power_tests() {
	node_ready power || return
	seed=$(date +%j%H%M%S)
	cuts=1000
	systems=
	while [ $# -gt 0 ]; do
		case $1 in
		--seed) seed=${2-} && shift ;;
		--cuts) cuts=${2-} && shift ;;
		*) systems="$systems $1" ;;
		esac
		shift
	done
	say "power: the seed is $seed"
	for system in ${systems:-ext4 xfs btrfs}; do
		power_cut $system "$seed" "$cuts"
	done
}

soak_tests() {
	node_ready soak || return
	seed=$(date +%j%H%M%S)
	CCPROC_BUILD=$main CCPROC_SOAK_TASKS=100000
	export CCPROC_BUILD CCPROC_SOAK_TASKS
	limited 3600 node --test --test-reporter=tap \
	    "$top/tests/system/soak.test.mjs" >"$build/soak.log" 2>&1
	count_tap soak $? "$build/soak.log"
	chaos_s=2400
	chaos random "$main" --tasks 1500 --bridges 8 --kills 60 --minutes 15
	chaos hours "$main" --hours 0.25
}

# A machine for itself, with what is installed from here.  The disk of a Debian
# is made once, and again when that is made otherwise.
machine_tests() {
	node_ready machine || return
	release=${CCPROC_MACHINE_RELEASE:-$(. /etc/os-release &&
	    say "${VERSION_CODENAME-}")}
	reason=
	[ "$(id -u)" -eq 0 ] || reason="only root can make its disk"
	[ "$(uname -m)" = x86_64 ] || reason="it is one of x86_64, as this is not"
	is_in "$release" bookworm trixie ||
	    reason="it is a Debian 12 or 13, which '$release' is not"
	have qemu-system-x86_64 && have qemu-img &&
	    [ -x /usr/sbin/debootstrap ] ||
	    reason="qemu and debootstrap are not installed"
	if [ -n "$reason" ]; then
		skip machine "$reason"
		return
	fi
	made_by=$(cat "$top"/tests/machine/image "$top"/tests/machine/hand* | cksum)
	CCPROC_MACHINE_IMAGE=$cache/machine/$release-${made_by% *}
	if [ ! -e "$CCPROC_MACHINE_IMAGE" ]; then
		say "making the disk of a machine in $CCPROC_MACHINE_IMAGE"
		rm -rf "$cache/machine/$release"-*
	fi
	log=$build/machine.log
	if ! limited 900 "$top/tests/machine/image" "$CCPROC_MACHINE_IMAGE" \
	    "$release" >"$log" 2>&1; then
		skip machine "its disk cannot be made: $(tail -n 1 "$log")"
		return
	fi
	rm -rf "$build/machine"
	# for the limit of a turn (--enable-debug) its processor is too slow
	if ! configured "$build/plain" --enable-werror ||
	    ! made "$build/plain" ||
	    ! made "$build/plain" install DESTDIR="$build/machine" ||
	    ! tar -c -C "$build/machine" -f "$build/machine.tar" .; then
		fail "machine: make install" "$build/plain.log"
		return
	fi
	CCPROC_BUILD=$main CCPROC_MACHINE_TAR=$build/machine.tar
	export CCPROC_BUILD CCPROC_MACHINE_IMAGE CCPROC_MACHINE_TAR
	test_files machine machine "$@"
	file_s=3600
	[ -z "$files" ] || node_tests machine 1 $files
	file_s=
}

# The archives, and that of this machine a second time in another folder.
release_tests() {
	node_ready release || return
	CCPROC_RELEASES=$build/release-1:$build/release-2
	for folder in release-1 release-2; do
		machines="x86_64 aarch64"
		[ $folder = release-1 ] || machines=$(uname -m)
		log=$build/$folder.log
		if ! limited 900 "$top/release/build" --out "$build/$folder" \
		    $machines >"$log" 2>&1; then
			fail "release: release/build" "$log"
			return
		fi
	done
	CCPROC_BUSYBOX=$(unpacked release-root "$(dpkg --print-architecture)" \
	    busybox-static)
	CCPROC_BUSYBOX=${CCPROC_BUSYBOX:+$CCPROC_BUSYBOX/bin/busybox}
	CCPROC_ARM64=
	if have qemu-system-aarch64 && have cpio; then
		CCPROC_ARM64=$(unpacked release-arm64 arm64 busybox-static \
		    linux-image-cloud-arm64)
	fi
	CCPROC_BUILD=$main CCPROC_NODE_MODULES=$cache/node_modules
	export CCPROC_RELEASES CCPROC_BUSYBOX CCPROC_ARM64 CCPROC_BUILD \
	    CCPROC_NODE_MODULES
	fetched npm "$top/tests/system/package.json"
	fetched claude "$top/tests/system/package.json"
	test_files release release
	[ -z "$files" ] || node_tests release 1 $files \
	    "$top/tests/system/install.test.mjs"
	unset CCPROC_RELEASES
}

# unpacked NAME ARCHITECTURE PACKAGE ...: the folder with them; or nothing.
unpacked() {
	name=$1
	shift
	limited 300 "$top/release/sysroot" "$cache/$name" "$@" \
	    >"$build/$name.log" 2>&1 && say "$cache/$name"
}

# What the tests of other people's clients need, into the cache.  Those that
# do not get it skip themselves.
npm_packages() {
	have npm || return
	cp "$top/tests/system/package.json" "$cache" && cd "$cache" &&
	    limited 120 npm install --no-audit --no-fund --no-package-lock
}

claude_packages() {
	have npm && cd "$cache" && limited 300 npm run claude
}

agents_packages() {
	have npm && cd "$cache" && limited 600 npm run agents
}

python_packages() {
	have python3 || return
	limited 60 python3 -m venv "$cache/python" &&
	    limited 240 "$cache/python/bin/pip" install -q \
		-r "$top/tests/system/requirements.txt"
}

# fetched NAME FILE: what FILE asks for is in the cache, once NAME_packages
# has fetched it.
fetched() {
	if cmp -s "$2" "$cache/$1.fetched"; then
		return
	fi
	say "fetching $1 packages into $cache"
	mkdir -p "$cache"
	if ("$1_packages") >"$build/$1.log" 2>&1; then
		cp "$2" "$cache/$1.fetched"
	else
		say "$1 could not fetch them: tests that need them skip"
		tail -n 3 "$build/$1.log" | sed 's/^/    /'
	fi
}
