#!/bin/sh
# Installs the programs of this folder for one user, without root and without
# network: into a folder of their own, which links lead to.  A second time it
# changes nothing; of another version it replaces the daemon, and tasks go on.
#
# usage: ./install.sh [--prefix DIR] [--no-mcp] [--uninstall]
#
#   --prefix DIR  where to (~/.local)
#   --no-mcp      do not make it known to Claude Code
#   --uninstall   take away what it has installed there; tasks stay
set -eu

here=$(cd "$(dirname "$0")" && pwd)
prefix=
mcp=yes
uninstall=no

say() {
	printf '%s\n' "$*"
}

die() {
	printf 'install.sh: %s\n' "$*" >&2
	exit 1
}

while [ $# -gt 0 ]; do
	case $1 in
	--prefix)
		[ $# -gt 1 ] || die "--prefix needs a folder after it"
		prefix=$2
		shift
		;;
	--no-mcp) mcp=no ;;
	--uninstall) uninstall=yes ;;
	*)
		sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
		exit 2
		;;
	esac
	shift
done
if [ -z "$prefix" ]; then
	[ -n "${HOME-}" ] || die "HOME is not set; say where with --prefix"
	prefix=$HOME/.local
fi
[ "$(uname -s)" = Linux ] || die "ccproc is for Linux, and this is $(uname -s)"
mkdir -p "$prefix/lib/ccproc" ||
    die "cannot write to $prefix; choose another place with --prefix"
prefix=$(cd "$prefix" && pwd)
ours=$prefix/lib/ccproc
units=$prefix/share/systemd/user

# Names below the prefix, of which each is a link to the same below ours.
names() {
	(cd "$here" && find bin share/man -type f)
}

# link TARGET NAME: in one step, whatever was there.
link() {
	mkdir -p "${2%/*}"
	ln -s "$1" "$2.$$"
	mv -f "$2.$$" "$2"
}

# drop_links: those that lead to a folder of ours.
drop_links() {
	find "$prefix/bin" "$prefix/share/man" -type l 2>/dev/null |
	    while read -r name; do
		case $(readlink "$name") in
		"$ours"/*) rm -f "$name" ;;
		esac
	done
}

# runs FOLDER: whether a process runs a program in it.
runs() {
	for exe in /proc/[0-9]*/exe; do
		case $(readlink "$exe" 2>/dev/null) in
		"$1"/*) return 0 ;;
		esac
	done
	return 1
}

# Folders of other versions, of which nothing runs any more.
drop_others() {
	for other in "$ours"/*; do
		[ "$other" = "$1" ] || runs "$other" || rm -rf "$other"
	done
}

take_away() {
	[ ! -x "$prefix/bin/ccproc" ] || {
		"$prefix/bin/ccproc" daemon stop || :
		[ $mcp = no ] || ! command -v claude >/dev/null 2>&1 ||
		    "$prefix/bin/ccproc" mcp remove claude || :
	}
	drop_links
	rm -f "$units/ccprocd.service" "$units/ccprocd.socket" \
	    "$units/ccproc-leave.service"
	rm -rf "$ours"
	say "ccproc is gone from $prefix; tasks and their output stay in" \
	    "${CCPROC_STATE_DIR:-${XDG_STATE_HOME:-$HOME/.local/state}/ccproc}"
}

if [ $uninstall = yes ]; then
	take_away
	exit
fi

version=$("$here/bin/ccproc" --version 2>/dev/null) ||
    die "these programs do not run on this machine ($(uname -m))"
version=${version##* }
sum=$(cat "$here"/bin/* "$here"/libexec/ccproc/* | cksum)
folder=$ours/$version-${sum%% *}
if [ ! -d "$folder" ]; then
	rm -rf "$ours/new.$$"
	mkdir "$ours/new.$$"
	cp -R "$here/bin" "$here/libexec" "$here/share" "$ours/new.$$"
	mv "$ours/new.$$" "$folder"
fi
before=$(readlink "$prefix/bin/ccprocd" || :)
names | while read -r name; do
	link "$folder/$name" "$prefix/$name"
done
mkdir -p "$units"
for unit in "$folder"/share/ccproc/*.in; do
	name=${unit##*/}
	sed -e "s|@bindir@|$prefix/bin|" \
	    -e "s|@pkglibexecdir@|$folder/libexec/ccproc|" "$unit" \
	    >"$units/${name%.in}.$$"
	mv "$units/${name%.in}.$$" "$units/${name%.in}"
done
cp "$folder/share/ccproc/ccprocd.socket" "$units"
say "installed ccproc $version in $prefix"
# The one that runs may be of a folder that is about to go.
if [ "$before" != "$folder/bin/ccprocd" ] &&
    "$prefix/bin/ccproc" daemon status >/dev/null 2>&1; then
	"$prefix/bin/ccproc" daemon restart
fi
drop_others "$folder"
if [ $mcp = yes ] && command -v claude >/dev/null 2>&1; then
	"$prefix/bin/ccproc" mcp add claude
fi
case :$PATH: in
*":$prefix/bin:"*) ;;
*) say "$prefix/bin is not in your PATH; add it: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
say "try: ccproc run echo hello"
