# shellcheck shell=sh
# The suite of check, which reads this file, for what others install: see
# suites.sh.
# shellcheck disable=SC2154,SC2034

# Packages for npm, PyPI, Debian and Claude Code, installed from their files on
# roots that are made once.
packages_tests() {
	node_ready packages || return
	reason=
	[ "$(id -u)" -eq 0 ] || reason="only root can make a root"
	[ -x /usr/sbin/debootstrap ] || reason="debootstrap is not installed"
	if [ -n "$reason" ]; then
		skip packages "$reason"
		return
	fi
	CCPROC_NODE_MODULES=$cache/node_modules
	CCPROC_BUILD=$main
	made_by=$(cksum <"$top/tests/packages/root")
	CCPROC_ROOTS=$cache/packages/${made_by% *}
	CCPROC_INSTALLERS=$cache/installers
	CCPROC_PACKAGES=$build/packages
	export CCPROC_NODE_MODULES CCPROC_BUILD CCPROC_ROOTS CCPROC_INSTALLERS \
	    CCPROC_PACKAGES
	fetched npm "$top/tests/system/package.json"
	fetched claude "$top/tests/system/package.json"
	fetched installers_npm "$top/tests/packages/package.json"
	fetched installers_python "$top/tests/packages/requirements.txt"
	if [ ! -e "$CCPROC_ROOTS" ]; then
		say "making roots in $CCPROC_ROOTS"
		rm -rf "$cache/packages"
	fi
	for root in busybox bookworm trixie; do
		log=$build/root-$root.log
		limited 900 "$top/tests/packages/root" "$CCPROC_ROOTS/$root" \
		    $root >"$log" 2>&1 ||
		    skip "packages on $root" "it could not be made: $(tail -n 1 \
			"$log")"
	done
	rm -rf "$CCPROC_PACKAGES" "$build/probe"
	if ! "$top/tests/packages/enter" "$build/probe" \
	    "$CCPROC_ROOTS/busybox/base" </dev/null 2>&1 | grep -q ready; then
		skip packages "overlayfs cannot be mounted in $build"
		return
	fi
	TMPDIR=$build
	export TMPDIR
	log=$build/packages.log
	if ! { limited 900 "$top/release/build" --out "$CCPROC_PACKAGES" \
	    "$(uname -m)" && "$top/release/packages" "$CCPROC_PACKAGES"; } \
	    >"$log" 2>&1; then
		fail "packages: release" "$log"
		return
	fi
	test_files packages packages "$@"
	file_s=1800
	[ -z "$files" ] || node_tests packages 1 $files
	file_s=
	unset TMPDIR
	sed -n 's/^# \(.* MB.*\)/packages: \1/p' "$build"/packages-*.log
}

installers_npm_packages() {
	have npm && mkdir -p "$cache/installers" &&
	    cp "$top/tests/packages/package.json" "$cache/installers" &&
	    cd "$cache/installers" &&
	    limited 120 npm install --no-audit --no-fund --no-package-lock
}

installers_python_packages() {
	have python3 || return
	limited 60 python3 -m venv "$cache/installers/python" &&
	    limited 120 "$cache/installers/python/bin/pip" install -q \
		-r "$top/tests/packages/requirements.txt"
}
