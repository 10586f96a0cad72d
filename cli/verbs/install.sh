#!/bin/sh
# ccproc install, ccproc uninstall: puts the programs that stand above this
# script into a user's home, without root and without network, and takes them
# away again.  Whatever brought them here (a release, npm, PyPI, a plugin) may
# go afterwards.
#
# Each version has a folder of its own in PREFIX/lib/ccproc, and `current' there
# leads to the one that counts.  All else are links through that, so one rename
# replaces everything.  A run that is killed leaves no half: the next one does
# what is missing.
#
# usage: install.sh install | uninstall [--prefix DIR] [--no-mcp] [--no-units]
set -eu

here=$(cd "${0%/*}/../.." && pwd -P)
prefix=
mcp=yes
units=yes
changed=no
first=no
failed=0

say() {
	printf '%s\n' "$*"
}

complain() {
	printf 'ccproc: %s\n' "$*" >&2
	failed=125
}

die() {
	complain "$*"
	exit 125
}

# ---- where things are ----

places() {
	if [ -z "$prefix" ]; then
		case $here in
		*/lib/ccproc/*) [ ! -L "${here%/*}/current" ] ||
		    prefix=${here%/lib/ccproc/*} ;;
		esac
	fi
	if [ -z "$prefix" ]; then
		[ -n "${HOME-}" ] || die "HOME is not set; say where with --prefix"
		prefix=$HOME/.local
	fi
	ours=$prefix/lib/ccproc
	# Shells and systemd look there, wherever the programs are.
	data=${XDG_DATA_HOME:-${HOME:+$HOME/.local/share}}
	: "${data:=$prefix/share}"
	unit_folder=$data/systemd/user
}

# What is installed of a folder, which may be one of many others' files, too.
names_in() {
	(cd "$1" && {
		find -L bin/ccproc bin/ccprocd bin/ccproc-bridge libexec/ccproc \
		    share/ccproc share/doc/ccproc -type f 2>/dev/null
		find -L share/man -type f -name 'ccproc*' 2>/dev/null
	} | LC_ALL=C sort)
}

# The same files have the same sum.
sum_of() {
	(cd "$1" && names_in . | xargs sha256sum) | sha256sum | cut -c 1-8
}

# each_link FUNCTION: calls it with each link that is wanted, and its end.
each_link() {
	for name in $names; do
		case $name in
		bin/* | share/man/*) "$1" "$prefix/$name" "$ours/current/$name" ;;
		esac
	done
	libexec=$ours/current/libexec/ccproc
	"$1" "$data/bash-completion/completions/ccproc" "$libexec/completion.bash"
	"$1" "$data/fish/vendor_completions.d/ccproc.fish" "$libexec/completion.fish"
	"$1" "$data/zsh/site-functions/_ccproc" "$libexec/completion.zsh"
}

# drop_links [all]: those of ours that lead nowhere or are half made, or all.
drop_links() {
	for folder in "$prefix/bin" "$prefix/share/man" "$data/zsh/site-functions" \
	    "$data/bash-completion/completions" "$data/fish/vendor_completions.d"; do
		[ ! -d "$folder" ] || find "$folder/" -type l
	done | while read -r link; do
		case $(readlink "$link") in
		"$ours"/*) ;;
		*) continue ;;
		esac
		[ $# -eq 0 ] && [ -e "$link" ] && [ "${link%.new}" = "$link" ] ||
		    rm -f "$link"
	done
}

# daemon_says KEY: what `daemon status' of the programs in use tells; or nothing.
daemon_says() {
	"$ccproc" daemon status -j 2>/dev/null |
	    sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",]*\).*/\1/p"
}

# manager WORD ...: systemctl of the user's own systemd, where that runs.
manager() {
	systemctl --user "$@" </dev/null >/dev/null 2>&1
}

# runs FOLDER: whether a process runs a program in it.
runs() {
	# One program for all of them; these names are plain.
	# shellcheck disable=SC2010
	ls -l /proc/[0-9]*/exe 2>/dev/null | grep -qF " -> $1/"
}

# ---- install ----

# Before anything is changed: whether these programs can take the place.
examine() {
	for name in bin/ccproc bin/ccprocd bin/ccproc-bridge \
	    libexec/ccproc/ccproc-keeper; do
		[ -f "$here/$name" ] ||
		    die "$here/$name is missing; get this release again"
	done
	version=$("$here/bin/ccproc" --version 2>/dev/null) ||
	    die "these programs do not run on this machine, $(uname -m)"
	version=${version##* }
	refused=$("$here/bin/ccprocd" --check 2>&1) || [ $? -ne 3 ] ||
	    die "nothing was changed, for ccproc $version is too old:" \
		"${refused#ccprocd: }"
	names=$(names_in "$here")
	sum=$(sum_of "$here")
	folder=$ours/$version-$sum
	mkdir -p "$ours" 2>/dev/null && [ -w "$ours" ] ||
	    die "cannot write to $ours; choose another place with --prefix"
}

# Two at a time wait for each other, where there is something to wait with.
hold() {
	exec 9<"$ours"
	! command -v flock >/dev/null 2>&1 || flock 9
}

# Copies of runs that were killed go; a folder that was changed goes aside.
bring() {
	for new in "$ours"/new.*; do
		[ ! -d "$new" ] || kill -0 "${new##*.}" 2>/dev/null ||
		    rm -rf "$new"
	done
	[ ! -d "$folder" ] || [ "$(sum_of "$folder")" != "$sum" ] || return 0
	new=$ours/new.$$
	for name in $names; do
		mkdir -p "$new/${name%/*}"
		cp "$here/$name" "$new/$name"
	done
	chmod 755 "$new"/bin/* "$new"/libexec/ccproc/*
	[ ! -d "$folder" ] || mv -T "$folder" "$ours/old.$$"
	mv -T "$new" "$folder"
	changed=yes
}

# link NAME TARGET: in one step, whatever was there.
link() {
	[ "$(readlink "$1")" != "$2" ] || return 0
	[ -L "$1" ] || [ ! -d "$1" ] ||
	    die "$1 is a folder, where a link to $2 belongs; move it away"
	mkdir -p "${1%/*}"
	rm -f "$1.new"
	ln -s "$2" "$1.new"
	mv -f -T "$1.new" "$1"
	changed=yes
}

# The daemon of a unit finds its programs by a link, so it is the same for all
# versions.
put_units() {
	loaded=yes
	mkdir -p "$unit_folder"
	for name in ccprocd.socket ccprocd.service ccproc-leave.service; do
		from=$folder/share/ccproc/$name
		[ -e "$from" ] || from=$from.in
		sed -e "s|@bindir@|$(escaped "$prefix/bin")|" \
		    -e "s|@pkglibexecdir@|$(escaped "$ours/current/libexec/ccproc")|" \
		    "$from" >"$unit_folder/.$name.new"
		if cmp -s "$unit_folder/.$name.new" "$unit_folder/$name"; then
			rm -f "$unit_folder/.$name.new"
		else
			mv -f "$unit_folder/.$name.new" "$unit_folder/$name"
			changed=yes
			loaded=no
		fi
	done
	[ $loaded = yes ] || manager daemon-reload || :
	enable_units
}

escaped() {
	say "$1" | sed 's/[|&\\]/\\&/g'
}

# Once: who disables them afterwards has a reason.
enable_units() {
	[ ! -e "$ours/enabled" ] || return 0
	later="systemctl --user enable --now ccprocd.socket"
	if [ -n "${CCPROC_STATE_DIR-}${CCPROC_SOCKET-}${CCPROC_CONFIG-}" ]; then
		why="they would not see your CCPROC_ variables; ccprocd(8)"
		why="$why tells where to put them, and then"
	elif manager show-environment; then
		manager enable --now ccprocd.socket && : >"$ours/enabled" &&
		    changed=yes && say "enabled ccprocd.socket of your systemd" &&
		    return
		why="systemctl failed; try it by hand:"
	else
		why="no systemd of yours runs here; where it does:"
	fi
	[ $first = no ] || {
		say "units are in $unit_folder, and not enabled: $why $later"
		say "the daemon starts without them, too, when it is needed"
	}
}

# Programs of other versions that live on, and keepers, start this one.
note_program() {
	state=$(daemon_says state)
	[ -n "$state" ] && [ -f "$state/program" ] || return 0
	[ "$(cat "$state/program")" != "$version $prefix/bin/ccprocd" ] || return 0
	(umask 077 && say "$version $prefix/bin/ccprocd" >"$state/program.new")
	mv -f "$state/program.new" "$state/program"
	changed=yes
}

# One that runs may be of a folder that is about to go.
replace_daemon() {
	note_program
	case $(daemon_says program) in
	"" | "$folder/bin/ccprocd") return 0 ;;
	esac
	changed=yes
	"$ccproc" daemon restart </dev/null 9<&- || {
		complain "the old daemon goes on; when that is mended:" \
		    "ccproc daemon restart"
		return 0
	}
	now=$(daemon_says program)
	[ -z "$now" ] || [ "$now" = "$folder/bin/ccprocd" ] ||
	    complain "the daemon is still $now; systemctl --user cat" \
		"ccprocd.service may tell why"
}

# Of other versions only what something runs from, such as a bridge or keeper.
drop_others() {
	for other in "$ours"/*/; do
		other=${other%/}
		case $other in
		"$folder" | "$ours/current" | "$ours"/new.*) continue ;;
		esac
		if runs "$other"; then
			[ $changed = no ] || say "${other##*/} stays there until" \
			    "nothing runs from it"
		else
			rm -rf "$other"
		fi
	done
}

tell_claude() {
	if ! command -v claude >/dev/null 2>&1; then
		[ $first = no ] || say "claude is not in PATH; when it is:" \
		    "ccproc mcp add"
		return 0
	fi
	said=$("$ccproc" mcp add claude </dev/null 2>&1 9<&-) ||
	    complain "claude was not told; when that is mended: ccproc mcp add"
	case $said in
	*"allowed check_tasks"*) ;;
	"claude knows it already"*) return 0 ;;
	esac
	changed=yes
	say "$said"
}

tell_path() {
	case :$PATH: in
	*":$prefix/bin:"*) return 0 ;;
	esac
	say "$prefix/bin is not in your PATH; for this shell, and, in ~/.profile," \
	    "for those to come:"
	say "    export PATH=\"$prefix/bin:\$PATH\""
}

tell_more() {
	case ${SHELL-} in
	*/zsh)
		say "zsh completes by this line before compinit in ~/.zshrc:"
		say "    fpath=($data/zsh/site-functions \$fpath)"
		;;
	esac
	say "try: ccproc run echo hello; ccproc doctor tells what is missing," \
	    "and ccproc uninstall takes all of it away"
}

install() {
	examine
	hold
	[ -L "$ours/current" ] || first=yes
	bring
	link "$ours/current" "$folder"
	each_link link
	drop_links
	[ $changed = no ] || say "installed ccproc $version in $prefix"
	ccproc=$prefix/bin/ccproc
	[ $units = no ] || put_units
	replace_daemon
	drop_others
	[ $mcp = no ] || tell_claude
	if [ $changed = no ] && [ $failed -eq 0 ]; then
		say "ccproc $version is in $prefix already; nothing was changed"
	fi
	tell_path
	[ $first = no ] || tell_more
}

# ---- uninstall ----

# A client that was told of ours; another one's entry stays.
forget_clients() {
	for client in claude codex gemini; do
		case $("$ccproc" mcp status $client 2>/dev/null) in
		*" $prefix/bin/ccproc-bridge ("* | *" $ours/"*) ;;
		*) continue ;;
		esac
		"$ccproc" mcp remove $client </dev/null ||
		    complain "$client still knows it; when that is mended:" \
			"$client mcp remove ccproc"
	done
}

# The unit that would end tasks with the session is not stopped, only gone.
drop_units() {
	grep -qsF "$prefix/bin/ccprocd" "$unit_folder/ccprocd.service" || return 0
	manager stop ccprocd.socket ccprocd.service || :
	wants=${XDG_CONFIG_HOME:-${HOME-}/.config}/systemd/user
	for link in "$wants/sockets.target.wants/ccprocd.socket" \
	    "$wants/default.target.wants/ccprocd.service"; do
		[ "$(readlink "$link")" != "$unit_folder/${link##*/}" ] ||
		    rm -f "$link"
	done
	rm -f "$unit_folder/ccprocd.socket" "$unit_folder/ccprocd.service" \
	    "$unit_folder/ccproc-leave.service"
	manager daemon-reload || :
}

stop_daemon() {
	[ -n "$(daemon_says program)" ] || return 0
	"$ccproc" daemon stop </dev/null ||
	    complain "the daemon is left; end it by hand"
	[ -z "$socket" ] || rm -f "$socket"
}

drop_empty() {
	rmdir "$@" 2>/dev/null || :
}

uninstall() {
	ccproc=$ours/current/bin/ccproc
	[ -x "$ccproc" ] || ccproc=$here/bin/ccproc
	if [ ! -d "$ours" ]; then
		say "there is no ccproc in $prefix that ccproc install has put there"
		return
	fi
	state=$(daemon_says state)
	socket=$(daemon_says socket)
	running=$(daemon_says running)
	(cd "${HOME:-/}" && forget_clients; exit $failed) || failed=125
	drop_units
	stop_daemon
	drop_links all
	rm -rf "$ours"
	drop_empty "$prefix"/share/man/man?
	drop_empty "$prefix/share/man" "$unit_folder" "$data/systemd" \
	    "$data/bash-completion/completions" "$data/bash-completion" \
	    "$data/fish/vendor_completions.d" "$data/fish" \
	    "$data/zsh/site-functions" "$data/zsh" "$prefix/lib"
	say "ccproc is gone from $prefix; tasks and their output stay in" \
	    "${state:-its state directory}"
	[ "${running:-0}" -eq 0 ] || say "tasks that run on: $running"
}

# ---- main ----

action=${1-}
[ $# -eq 0 ] || shift
while [ $# -gt 0 ]; do
	case $1 in
	--prefix)
		[ $# -gt 1 ] || die "--prefix needs a folder after it"
		prefix=$2
		shift
		;;
	--no-mcp) mcp=no ;;
	--no-units) units=no ;;
	*) action= ;;
	esac
	shift
done
case $action in
install | uninstall) ;;
*)
	sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
	exit 2
	;;
esac
places
$action
exit $failed
