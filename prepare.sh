# shellcheck shell=sh
# What check and quickstart, which read this file, do alike: install the
# Debian packages that are missing and prepare configure.

# Prints the packages that are missing.  A line of stdin is a package and a
# command that succeeds when it is there.
packages_missing() {
	while read -r package probe; do
		sh -c "$probe" >/dev/null 2>&1 </dev/null ||
		    printf '%s ' "$package"
	done
}

# What building needs.
packages_of_build() {
	packages_missing <<-'LIST'
	gcc command -v gcc
	libc6-dev test -e /usr/include/stdio.h
	make command -v make
	autoconf command -v autoconf
	automake command -v automake
	pkg-config command -v pkg-config
	libevent-dev pkg-config --exists libevent_core
	libjson-c-dev pkg-config --exists json-c
	libncurses-dev pkg-config --exists ncursesw
	uuid-dev pkg-config --exists uuid
	musl-tools command -v musl-gcc
	LIST
}

# packages_install LOG PACKAGE ...: installs them; nothing to do is success.
# On failure it says why on stderr; apt's own words are in LOG.
packages_install() {
	packages_log=$1
	shift
	[ $# -gt 0 ] || return 0
	if ! command -v apt-get >/dev/null 2>&1; then
		echo "there is no apt-get here; install by hand what these" \
		    "Debian packages hold: $*" >&2
		return 1
	fi
	if [ "$(id -u)" -eq 0 ]; then
		sudo=
	elif sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; then
		sudo=sudo
	else
		echo "missing: $*; as root run: apt-get install $*" >&2
		return 1
	fi
	echo "installing $*"
	# The lists are fetched once, and only when something is missing.
	if [ -z "${packages_updated-}" ]; then
		timeout 300 $sudo apt-get -q update >>"$packages_log" 2>&1 \
		    </dev/null
		packages_updated=1
	fi
	timeout 600 $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
	    install --no-install-recommends "$@" >>"$packages_log" 2>&1 \
	    </dev/null && return
	echo "apt-get could not install $*; it said:" >&2
	grep -E '^(E|W|Err)' "$packages_log" | tail -n 5 | sed 's/^/    /' >&2
	return 1
}

# stale FILE FROM ...: FILE is missing or older than one of the others.
stale() {
	[ ! -e "$1" ] || [ -n "$(find "$@" -newer "$1")" ]
}

# Makes configure when it is missing or older than what it is made from.
# Says nothing; 1 when it failed.
autogen() {
	if stale "$1/configure" "$1/configure.ac" ||
	    stale "$1/Makefile.in" "$1/Makefile.am"; then
		"$1/autogen.sh" </dev/null
	fi
}
