#!/bin/sh
# Makes, looks at and removes the git worktrees of tasks.  The daemon itself
# touches no repository.
#
#   worktree.sh make TASK WORKTREE BRANCH OTHER PROGRAM [ARGUMENT ...]
#   worktree.sh look TASK WORKTREE
#   worktree.sh remove check|remove|force ROOT [TASK WORKTREE CLEAN] ...
#
# TASK is the directory of a task.  The file `worktree' in it has five lines:
# the commit that the worktree is made from, its branch, the git that makes
# it, the repository, and "made" once all is there.  It is written before
# anything is made, so that nothing can be there that nobody knows of.

g() {
	GIT_TERMINAL_PROMPT=0 "$git" -c core.fsmonitor=false "$@" </dev/null
}

# Reads the file of the task; made is empty while the last line is missing.
load() {
	{
		IFS= read -r base && IFS= read -r branch &&
		    IFS= read -r git && IFS= read -r common || return
		IFS= read -r made || made=
	} <"$task/worktree"
}

# make: in the task, before its program.  Stdin is the program's prompt,
# stdout its output, and no variable of its environment may change.  A worktree
# that was half made is made again, one that was removed since is made from its
# branch.  OTHER is the branch if somebody has one called BRANCH already.

die() {
	printf 'ccproc: no worktree: %s\n' "$*" >&2
	exit 125
}

has_branch() {
	g show-ref --verify --quiet "refs/heads/$1"
}

describe() {
	base=$(g rev-parse --verify --quiet 'HEAD^{commit}') ||
	    die "the repository of $PWD has no commit yet; make one"
	common=$(g rev-parse --git-common-dir) &&
	    common=$(cd "$common" && pwd -P) ||
	    die 'git does not tell where the repository is'
	[ ! -e "$dir" ] || die "$dir is there already, from another task"
	if has_branch "$branch"; then branch=$other; fi
	printf '%s\n' "$base" "$branch" "$git" "$common" \
	    >"$task/worktree.tmp" &&
	    mv -f "$task/worktree.tmp" "$task/worktree" ||
	    die "$task cannot be written"
}

add() {
	if [ -z "$fresh$made" ]; then
		rm -rf "$dir"
		g worktree remove -f -f "$dir" >/dev/null 2>&1
	fi
	fresh=
	if [ -n "$made" ] && has_branch "$branch"; then
		g worktree add -q -f -f "$dir" "$branch"
	else
		g worktree add -q -f -f -B "$branch" "$dir" "$base"
	fi >"$task/worktree.tmp" 2>&1
}

# Git is tried several times: it reads what another git is about to write for
# another worktree of the same repository, and fails.
persist_in_adding() {
	tries=1
	until add; do
		if [ $tries = 6 ]; then
			cat "$task/worktree.tmp" >&2
			die "git could not make $dir"
		fi
		sleep 0.$tries
		tries=$((tries + 1))
	done
	cat "$task/worktree.tmp" >&2
	rm -f "$task/worktree.tmp"
	echo made >>"$task/worktree" || die "$task cannot be written"
}

# Prints where the program is to run.
prepare() {
	task=$1 dir=$2 branch=$3 other=$4
	git=$(command -v git) || die 'git was not found in PATH'
	sub=$(g rev-parse --show-prefix) ||
	    die "git does not take $PWD for a part of a repository"
	fresh=
	if [ ! -s "$task/worktree" ]; then
		fresh=1
		describe
	fi
	load
	if [ -z "$made" ] || [ ! -d "$dir" ]; then persist_in_adding; fi
	[ -d "$dir/$sub" ] || mkdir -p "$dir/$sub"
	printf '%s/.' "$dir/$sub"
}

make() {
	unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR GIT_PREFIX \
	    GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
	CCPROC_PLACE=$(prepare "$@") || exit
	cd "${CCPROC_PLACE%/.}" || die "$CCPROC_PLACE cannot be entered"
	unset CCPROC_PLACE
	shift 4
	exec "$@"
}

# look: what the worktree came to, as the object of worktree.json.

count_lines() {
	if [ -n "$1" ]; then printf '%s\n' "$1" | grep -c "$2"; else echo 0; fi
}

look() {
	exec 2>/dev/null
	task=$1 dir=$2
	export LC_ALL=C GIT_OPTIONAL_LOCKS=0
	load && cd "$dir" && [ -e .git ] || exit 1
	status=$(g status --porcelain --untracked-files=all) &&
	    commits=$(g rev-list --count "$base..HEAD") &&
	    diff=$(g diff --numstat --no-ext-diff --no-textconv "$base") ||
	    exit 1
	dirty=false
	[ -z "$status" ] || dirty=true
	printf '{"commits":%s,"untracked":%s,"dirty":%s' "$commits" \
	    "$(count_lines "$status" '^[?]')" $dirty
	# a binary file has "-" for both numbers, an unmerged one several lines
	printf '%s\n' "$diff" | awk -F '\t' '
	    NF >= 3 { files += !seen[$3]++; plus += $1; minus += $2 }
	    END { printf ",\"files_changed\":%.0f,\"insertions\":%.0f," \
		"\"deletions\":%.0f}\n", files, plus, minus }'
}

# remove: prints for each worktree "INDEX<TAB>" and "ok" or why it stays.
# What must not be lost: what is not committed, and commits that no branch,
# tag or remote has but the task's own.  A worktree is first renamed, so that
# one that is gone is gone whole, however this is interrupted.

bare() {
	g --git-dir="$common" "$@"
}

registered() {
	grep -qxF "$dir/.git" "$common"/worktrees/*/gitdir
}

branched() {
	bare show-ref --verify --quiet "refs/heads/$branch"
}

# Runs a command several times, as for making a worktree, while $1 is true.
persist() {
	is_needed=$1
	shift
	for pause in 0.1 0.2 0.3; do
		"$@" && return
		"$is_needed" || return
		sleep $pause
	done
	"$@"
}

say() {
	printf '%s\t%s\n' "$i" "$1"
}

count() {
	if [ "$1" = 1 ]; then echo "$1 $2"; else echo "$1 $2s"; fi
}

# These two print what would be lost, and fail when that cannot be told.
uncommitted() {
	[ -d "$dir" ] || return 0
	status=$(cd "$dir" && [ -e .git ] &&
	    g status --porcelain --untracked-files=all) || return 1
	[ -z "$status" ] || count "$(count_lines "$status" '')" \
	    'uncommitted file'
}

unmerged() {
	head=
	ref=
	if [ -d "$dir" ]; then
		head=$(cd "$dir" && g rev-parse --verify HEAD) || return 1
	fi
	if branched; then ref=refs/heads/$branch; fi
	[ -n "$head$ref" ] || return 0
	n=$(bare rev-list --count ${head:+"$head"} ${ref:+"$ref"} \
	    --not "$base" --exclude="$branch" --branches --tags --remotes) ||
	    return 1
	[ "$n" = 0 ] || count "$n" commit
}

# Whether it stays, and then says why.
kept() {
	[ -n "$made" ] && [ "$mode" != force ] || return 1
	if [ ! -d "$common" ]; then
		[ -d "$dir" ] && [ "$clean" != 1 ] || return 1
		say "the repository of its worktree, $common, is gone: see what is in $dir, or force_worktree"
		return 0
	fi
	if ! files=$(uncommitted) || ! commits=$(unmerged); then
		say "git cannot tell what is in its worktree $dir: look, or force_worktree"
		return 0
	fi
	[ -n "$files$commits" ] || return 1
	say "its worktree has changes ($files${files:+${commits:+, }}$commits): merge branch $branch, or force_worktree"
}

take_away() {
	if [ -e "$dir" ] && ! mv "$dir" "$root/.gone-${dir##*/}.$$"; then
		say "its worktree $dir cannot be renamed"
		return
	fi
	if [ -d "$common" ]; then
		persist registered bare worktree remove -f -f "$dir"
		persist branched bare branch -q -D "$branch"
	fi
	say ok
}

remove_one() {
	task=$1 dir=$2 clean=$3
	if ! load; then
		say ok # its making had not begun
	elif kept; then
		:
	elif [ "$mode" = check ]; then
		say ok
	else
		take_away
	fi
}

delete_files() {
	rm -rf "$root"/.gone-* || {
		chmod -R u+rwX "$root"/.gone-*
		rm -rf "$root"/.gone-*
	}
}

remove() {
	exec 2>/dev/null
	export LC_ALL=C
	mode=$1 root=$2 i=0
	shift 2
	while [ $# -gt 2 ]; do
		remove_one "$1" "$2" "$3"
		i=$((i + 1))
		shift 3
	done
	exec >/dev/null # nobody waits for the rest
	if [ "$mode" != check ]; then delete_files & fi
}

case $1 in
make | look | remove)
	"$@" ;;
*)
	echo "usage: worktree.sh make|look|remove ..." >&2
	exit 2 ;;
esac
exit
