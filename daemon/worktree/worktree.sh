#!/bin/sh
# Makes, looks at, shows and removes the git worktrees of tasks.  The daemon
# itself touches no repository.
#
#   worktree.sh make TASK WORKTREE BRANCH OTHER PROGRAM [ARGUMENT ...]
#   worktree.sh look TASK WORKTREE BRANCH OTHER
#   worktree.sh diff TASK WORKTREE BRANCH OTHER ID [OPTION ...] -- [PATH ...]
#   worktree.sh apply TASK WORKTREE BRANCH OTHER ID FOLDER ...
#   worktree.sh remove TASK WORKTREE BRANCH OTHER check|remove|force CLEAN
#   worktree.sh sweep ROOT
#
# TASK is the directory of a task.  The file `worktree' in it has these lines:
# the commit that the worktree is made from, its branch, the git that makes
# it, the repository, and "made" once all is there.  It is written before
# anything is made, so that nothing can be there that nobody knows of.  The
# git is for earlier versions of this script: the file is the task's to
# write, and what it says is checked and names no program.
#
# Long because each step of a removal undoes one of the making, and whatever
# looks at a worktree takes the same care.

newline='
'

# Reads the file of the task; made is empty while the last line is missing.
# The path of the repository may have newlines in it.
load() {
	{
		IFS= read -r base && IFS= read -r branch &&
		    IFS= read -r line && IFS= read -r common || return
		made=
		while IFS= read -r line; do
			common=$common${made:+$newline$made}
			made=
			if [ "$line" = made ]; then
				made=made
			else
				common=$common$newline$line
			fi
		done
	} <"$task/worktree"
}

# make: in the task, before its program.  Stdin is the program's prompt,
# stdout its output, and no variable of its environment may change.  A worktree
# that was half made is made again, one that was removed since is made from its
# branch.  OTHER is the branch if somebody has one called BRANCH already.

g() {
	GIT_TERMINAL_PROMPT=0 "$git" -c core.fsmonitor=false "$@" </dev/null
}

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
	fi >"$task/worktree.tmp" 2>&1 || stands $?
}

# Whether the worktree is there although git has failed: then a hook has,
# after all was made.  Git takes away what it could not finish, but not when
# a signal ends it.
stands() {
	[ "$1" -lt 128 ] && [ -e "$dir/.git" ] &&
	    at=$(cd "$dir" && g rev-parse --absolute-git-dir) &&
	    [ -e "$at/index" ] && [ ! -e "$at/locked" ] || return
	echo "ccproc: a hook has failed with status $1, the worktree is there" \
	    >>"$task/worktree.tmp"
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
	# a commit may have a link where the checkout has a folder
	into=$dir rest=$sub
	while [ -n "$rest" ]; do
		into=$into/${rest%%/*} rest=${rest#*/}
		[ ! -L "$into" ] || die "$into is a link, which leads elsewhere"
	done
	[ -d "$dir/$sub" ] || mkdir -p "$dir/$sub"
	printf '%s/.' "$dir/$sub"
}

# Makes git find the repository by where it is, also in a hook of git's.
forget() {
	unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR GIT_PREFIX \
	    GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
}

make() {
	forget
	CCPROC_PLACE=$(prepare "$@") || exit
	cd "${CCPROC_PLACE%/.}" || die "$CCPROC_PLACE cannot be entered"
	unset CCPROC_PLACE
	shift 4
	exec "$@"
}

# What follows runs when the task has ended, below a keeper of the task.  Who
# wrote in the worktree and in the repository may have written what makes git
# run programs: filters, hooks, other configuration.  So the git that looks
# has a common folder of ours, with our configuration and without hooks,
# around the objects, refs and index of the repository.

# Takes the arguments that all have in common; false: the file of the task
# is not as it was written, and what cannot be right in it is empty.
begin() {
	task=$1 dir=$2
	depth=0
	export LC_ALL=C
	cd / || exit 1
	trap 'rm -rf "$task/git.$$."*' EXIT
	git=$(command -v git) || git=
	load || common=
	case $base in *[!0-9a-f]*) base= ;; esac
	case $common in [!/]*) common= ;; esac
	case $branch in "$3" | "$4") ;; *) branch= ;; esac
	[ -n "$base" ] && [ -n "$common" ] && [ -n "$branch" ]
}

# Prints settings of the repository and of the user that change what counts
# as a change.  Asking for them runs nothing.
settings() {
	"$git" --git-dir="$1" config --get-regexp '^(core\.(autocrlf|eol|filemode|ignorecase|symlinks|precomposeunicode|trustctime|checkstat)|extensions\.(objectformat|refstorage))$' |
	    while read -r key value; do
		case $value in
		*[!A-Za-z0-9]*) ;;
		'') printf '[%s]\n%s\n' "${key%%.*}" "${key#*.}" ;;
		*) printf '[%s]\n%s = %s\n' "${key%%.*}" "${key#*.}" "$value" ;;
		esac
	done
}

# Prints the file of patterns that the user wants ignored.
ignored() {
	file=$("$git" --git-dir="$1" config --type=path --get \
	    core.excludesFile) ||
	    file=${XDG_CONFIG_HOME:-$HOME/.config}/git/ignore
	if [ -f "$file" ]; then printf %s "$file"; else echo /dev/null; fi
}

# Makes our common folder for the repository $1; false: it cannot be made.
lend() {
	[ -n "$git" ] && [ -f "$1/HEAD" ] && [ ! -L "$1/HEAD" ] || return
	ours=$task/git.$$.$depth
	rm -rf "$ours"
	mkdir "$ours" "$ours/info" "$ours/worktrees" && head -c 4096 "$1/HEAD" >"$ours/HEAD" &&
	    ln -s "$1/objects" "$1/refs" "$1/packed-refs" "$1/logs" \
		"$1/shallow" "$1/reftable" "$ours" &&
	    ln -s "$1/info/exclude" "$ours/info" || return
	for other in "$1"/worktrees/*; do # git would wait for pipes
		if [ -f "$other/gitdir" ] && [ -f "$other/HEAD" ]; then
			ln -s "$other" "$ours/worktrees" || return
		fi
	done
	{
		settings "$1"
		cat <<-'END'
			[core]
			repositoryFormatVersion = 1
			bare = false
			hooksPath = /dev/null
			attributesFile = /dev/null
			fsmonitor = false
			untrackedCache = false
			quotePath = false
			[submodule]
			recurse = false
			[protocol]
			allow = never
			[gc]
			auto = 0
		END
	} >"$ours/config" || return
	ignored=$(ignored "$1")
	gitdir=$ours
}

# Runs git with $gitdir, which is ours or one that $ours is lent to.
safe() {
	safe_with_input "$@" </dev/null
}

safe_with_input() {
	HOME=/dev/null XDG_CONFIG_HOME=/dev/null GIT_CONFIG_NOSYSTEM=1 \
	    GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1 \
	    GIT_NO_LAZY_FETCH=1 GIT_NO_REPLACE_OBJECTS=1 GIT_ALLOW_PROTOCOL= \
	    GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_PAGER=cat \
	    GIT_DIR=$gitdir GIT_COMMON_DIR=$ours GIT_WORK_TREE=. \
	    "$git" -c core.excludesFile="$ignored" "$@"
}

# Prints the real path of the folder that $2 names, seen from $1.
resolve() {
	(cd "$1" && cd -P -- "$2" && pwd -P)
}

# The path in a file of git's, without the word $2 before it.  Not a path
# that ends in a newline.
path_in() {
	[ -f "$1" ] && [ ! -L "$1" ] || return
	text=$(head -c 8192 "$1")
	case $text in
	"$2"*) printf %s "${text#"$2"}" ;;
	*) return 1 ;;
	esac
}

# Finds the folder that the repository has for the worktree.
find_admin() {
	parent=$(resolve "${dir%/*}" .) || parent=none
	for admin in "$common"/worktrees/*; do
		[ -f "$admin/gitdir" ] || continue # no pipe
		IFS= read -r line <"$admin/gitdir" || continue
		case $line in
		*"/${dir##*/}/.git") ;;
		*) continue ;;
		esac
		at=$(path_in "$admin/gitdir" '') || continue
		[ "$at" = "$dir/.git" ] && return
		[ "$(resolve "$admin" "${at%/*/.git}")" = "$parent" ] && return
	done 2>/dev/null
	admin=
	return 1
}

# Whether what is there is that worktree, and $admin is its folder.
is_ours() {
	[ -d "$dir" ] && [ ! -L "$dir" ] && find_admin &&
	    at=$(path_in "$dir/.git" 'gitdir: ') &&
	    [ "$(resolve "$dir" "$at")" = "$(resolve "$admin" .)" ]
}

# Prints what git status does of the current folder, and of the submodules
# that are checked out there; false when that cannot be told.
changes() {
	safe status --porcelain --untracked-files=all \
	    --ignore-submodules=dirty || return
	safe ls-files --stage | grep '^160000 ' | while IFS= read -r line; do
		(changes_in "${line#*	}") || exit 1
	done
}

changes_in() {
	case $1 in
	'"'*)
		echo "?? $1"
		return
		;;
	esac
	cd "./$1" || return 0
	if [ -d .git ]; then
		at=$(resolve . .git) || return
	elif [ -e .git ] || [ -L .git ]; then
		at=$(path_in .git 'gitdir: ') && at=$(resolve . "$at") || return
	else
		return 0
	fi
	depth=$((depth + 1))
	[ $depth -lt 10 ] && lend "$at" || return
	gitdir=$at
	changes
}

# look: what the worktree came to, as the object of worktree.json.

count_lines() {
	if [ -n "$1" ]; then printf '%s\n' "$1" | grep -c "$2"; else echo 0; fi
}

look() {
	exec 2>/dev/null
	begin "$@" && is_ours && lend "$common" && cd "$dir" || exit 1
	gitdir=$admin
	status=$(changes) &&
	    commits=$(safe rev-list --count "$base..HEAD") &&
	    diff=$(safe diff --numstat --no-ext-diff --no-textconv \
		--ignore-submodules=dirty "$base") ||
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

# diff and apply: for the person, who types ccproc, also while the task runs.

# Says why nothing can be shown or brought over, and ends.
give_up() {
	printf 'ccproc: %s: %s\n' "$id" "$*" >&2
	exit 125
}

# Git with an index of ours and a place of ours for new objects.
apart() {
	GIT_INDEX_FILE=$ours/index.ours GIT_OBJECT_DIRECTORY=$ours/made \
	    safe "$@"
}

# Puts all that is in the current folder into our index, first what has gone.
# Git add would run another git in each submodule, with the settings of that.
read_in() {
	{
		apart ls-files -z --modified --deleted &&
		    apart ls-files -z --others --exclude-standard
	} >"$ours/names" 2>"$ours/said" &&
	    GIT_INDEX_FILE=$ours/index.ours GIT_OBJECT_DIRECTORY=$ours/made \
		safe_with_input update-index --add --remove --replace -z \
		--stdin <"$ours/names" 2>"$ours/said"
}

# Has $tree name what is in the worktree, committed or not, or in its branch.
# A program that runs may take away files while they are read.
snapshot() {
	mkdir -p "$ours/made/info" && echo ../objects >"$ours/made/info/alternates" ||
	    give_up "$task cannot be written"
	if ! is_there; then
		gitdir=$ours
		branched || give_up "its worktree $dir is gone, and so is its branch $branch: nothing is left of what it has changed"
		tree=refs/heads/$branch
		return
	fi
	is_ours || give_up "its .git is no longer that of a worktree of $common: see what is in $dir"
	gitdir=$admin
	cd "$dir" || give_up "$dir cannot be entered"
	if [ -f "$admin/index" ] && [ ! -L "$admin/index" ]; then
		cp "$admin/index" "$ours/index.ours"
	fi
	for pause in 0.1 0.3 never; do
		read_in && break
		[ $pause = never ] || sleep $pause
	done
	[ $pause != never ] || read_in || give_up "git cannot read what is in $dir: $(grep -v '^Ignoring' "$ours/said" | head -n 1)"
	grep '^Ignoring path .*/$' "$ours/said" | cut -c 15- |
	    while IFS= read -r name; do
		printf 'ccproc: %s: %s is a repository of its own, and left out\n' \
		    "$id" "$name" >&2
	    done
	tree=$(apart write-tree --missing-ok 2>"$ours/said") ||
	    give_up "git cannot tell what is in $dir: $(head -n 1 "$ours/said")"
}

# Compares the commit that it began at with what is there now.
compare() {
	apart diff --no-ext-diff --no-textconv --ignore-submodules=dirty "$@"
}

# What both begin with.
seize() {
	id=$5
	forget
	unset GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT GIT_EXTERNAL_DIFF
	trap 'exit 130' INT TERM HUP
	begin "$@" || give_up "the note of its worktree in $task was changed: see what is in $dir"
	[ -n "$git" ] || give_up 'git was not found in PATH'
	[ -d "$common" ] || give_up "the repository of its worktree, $common, is gone: see what is in $dir"
	lend "$common" || give_up "git cannot look into $common"
	snapshot
	apart diff-tree --quiet "$base" "$tree" 2>/dev/null
	case $? in
	0)
		printf 'ccproc: %s has changed nothing\n' "$id" >&2
		exit 0
		;;
	1) ;;
	*) give_up "git does not find the commit $base, which it began at" ;;
	esac
}

diff() {
	seize "$@"
	shift 5
	options=
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # words of ours
	compare $options "$base" "$tree" -- "$@"
}

# Finds the checkout that the folder $1 is in, as $top and its $gitdir, by
# looking alone; false: it is none of the repository's, or it is the task's.
find_checkout() {
	top=$(resolve / "$1" 2>/dev/null) || return
	while [ ! -e "$top/.git" ]; do
		[ -n "$top" ] || return
		top=${top%/*}
	done
	if [ -d "$top/.git" ]; then
		gitdir=$(resolve "$top" .git)
	else
		at=$(path_in "$top/.git" 'gitdir: ') &&
		    gitdir=$(resolve "$top" "$at") || return
	fi
	at=$gitdir
	if [ -e "$gitdir/commondir" ]; then
		at=$(path_in "$gitdir/commondir" '') &&
		    at=$(resolve "$gitdir" "$at") || return
	fi
	[ "$at" = "$(resolve / "$common")" ] &&
	    [ "$top" != "$(resolve / "$dir" 2>/dev/null)" ]
}

# Prints up to ten of the lines on stdin as a list.
listed() {
	awk 'NR <= 10 { printf "%s%s", (NR > 1 ? ", " : ""), $0 }
	    END { if (NR > 10) printf " and %d more", NR - 10 }'
}

# Prints which of the changed files are changed here, too, or are in the way;
# what is new and not here is left in new, with a NUL behind each.  A folder in
# the place of a file may become empty; git sees.
overlap() {
	safe diff -z --name-only --no-renames --no-ext-diff --no-textconv \
	    --ignore-submodules=dirty HEAD | sort -z >"$ours/here"
	compare -z --name-only --no-renames "$base" "$tree" | sort -z |
	    comm -z -12 - "$ours/here"
	# shellcheck disable=SC2016 # of that shell
	compare -z --name-only --no-renames --diff-filter=A "$base" "$tree" |
	    sort -z | tee "$ours/added" | xargs -0 sh -c 'for name; do
		if [ -L "$name" ] || { [ -e "$name" ] && [ ! -d "$name" ]; }; then
			printf "%s\0" "$name"
		fi
	    done' sh >"$ours/there"
	comm -z -23 "$ours/added" "$ours/there" >"$ours/new"
	safe ls-files -z | sort -z | comm -z -23 "$ours/there" -
}

# Whether the patch fits: tried on a copy of the index, as a conflict would
# else be left in the files, and then on the files.
try() {
	cp "$gitdir/index" "$ours/index.ours"
	apart apply --cached --3way --whitespace=nowarn "$ours/patch" \
	    >"$ours/said" 2>&1 && cp "$gitdir/index" "$ours/index.ours" &&
	    apart apply --check --index --3way --whitespace=nowarn \
		"$ours/patch" >"$ours/said" 2>&1 && return
	names=$(apart ls-files --unmerged | cut -f 2- | sort -u | listed)
	[ -z "$names" ] || give_up "its changes conflict with $top in $names; nothing was changed here; \`ccproc diff $id | git apply --3way' leaves the conflicts in the files"
	give_up "git cannot apply it to $top, where nothing was changed: $(
	    grep '^error: ' "$ours/said" | head -n 3 | tr '\n' ' ')"
}

# Takes back what a git that failed in the middle, as on a full disk, has
# done: the index has not changed, and nobody had changed the files.
undo() {
	compare -z --name-only --no-renames "$base" "$tree" |
	    safe_with_input checkout-index -q -f -z --stdin 2>/dev/null
	xargs -0 rm -f -- <"$ours/new"
}

apply() {
	seize "$@"
	shift 5
	found=
	for folder; do
		if find_checkout "$folder"; then
			found=yes
			break
		fi
	done
	[ -n "$found" ] || give_up "neither this folder nor the one that it was started from is in a checkout of $common; go to one"
	cd "$top" || give_up "$top cannot be entered"
	[ -f "$gitdir/index" ] || give_up "$top has nothing checked out"
	compare --binary --full-index "$base" "$tree" >"$ours/patch" ||
	    give_up 'git cannot tell what it has changed'
	names=$(overlap | tr '\0\n' '\n ' | listed)
	[ -z "$names" ] || give_up "these files are changed in $top, too, and not committed: $names; commit or stash them first; nothing was changed here"
	try
	if ! safe apply --index --3way --whitespace=nowarn "$ours/patch" \
	    2>"$ours/said"; then
		undo
		give_up "git could not write to $top, and what it had written was taken back: $(
		    grep '^\(error\|fatal\): ' "$ours/said" | head -n 1)"
	fi
	compare --stat "$base" "$tree"
	printf '\nApplied to %s and staged, not committed.  Look: git diff --cached.  Keep: git commit.\nUndo: ccproc diff %s | git apply -R --index\n' "$top" "$id"
	commits=$(safe rev-list --count "$base..refs/heads/$branch" 2>/dev/null)
	if [ "${commits:-0}" != 0 ]; then
		printf 'Its commits instead (%s): git cherry-pick %.12s..%s\n' \
		    "$commits" "$base" "$branch"
	fi
}

# remove: prints "ok", or why the worktree stays.
# What must not be lost: what is not committed, and commits that no branch,
# tag or remote has but the task's own.  A worktree is first renamed, so that
# one that is gone is gone whole, however this is interrupted.

branched() {
	safe show-ref --verify --quiet "refs/heads/$branch"
}

# Deletes the branch, several times if needed, as for making a worktree.
# One that the user stands on stays.
delete_branch() {
	for pause in 0.1 0.2 0.3 0; do
		branched || break
		safe branch -q -D "$branch" && break
		sleep $pause
	done
	! safe config -f "$common/config" --get-regexp \
	    "^branch\.$branch\." >/dev/null ||
	    safe config -f "$common/config" --remove-section "branch.$branch"
}

say() {
	printf %s "$1" | tr '\n' ' '
	echo
}

count() {
	if [ "$1" = 1 ]; then echo "$1 $2"; else echo "$1 $2s"; fi
}

# These two print what would be lost, and fail when that cannot be told.
uncommitted() {
	[ -d "$dir" ] || return 0
	status=$(cd "$dir" && gitdir=$admin && changes) || return 1
	[ -z "$status" ] || count "$(count_lines "$status" '')" \
	    'uncommitted file'
}

unmerged() {
	head=
	ref=
	if [ -d "$dir" ]; then
		head=$(gitdir=$admin && safe rev-parse --verify HEAD) || return 1
	fi
	if branched; then ref=refs/heads/$branch; fi
	[ -n "$head$ref" ] || return 0
	n=$(safe rev-list --count ${head:+"$head"} ${ref:+"$ref"} \
	    --not "$base" --exclude="$branch" --branches --tags --remotes) ||
	    return 1
	[ "$n" = 0 ] || count "$n" commit
}

is_there() {
	[ -e "$dir" ] || [ -L "$dir" ]
}

# Whether it stays, and then says why.
kept() {
	[ -n "$made" ] && [ "$mode" != force ] || return 1
	if [ ! -d "$common" ]; then
		[ -d "$dir" ] && [ "$clean" != 1 ] || return 1
		say "the repository of its worktree, $common, is gone: see what is in $dir, or force_worktree"
		return 0
	fi
	why=
	if is_there && ! is_ours; then
		why="its .git is no longer that of a worktree of $common: see what is in $dir, or force_worktree"
	elif ! lend "$common" || ! files=$(uncommitted) ||
	    ! commits=$(unmerged); then
		why="git cannot tell what is in its worktree $dir: look, or force_worktree"
	fi
	[ -d "$task" ] || return 1 # another one has removed it all
	if [ -n "$why" ] && [ -z "$again" ]; then
		again=yes # another removal may be about to take it away
		sleep 0.3
		kept
		return
	fi
	if [ -n "$why" ]; then
		say "$why"
		return 0
	fi
	[ -n "$files$commits" ] || return 1
	say "its worktree has changes ($files${files:+${commits:+, }}$commits): merge branch $branch, or force_worktree"
}

take_away() {
	if is_there; then
		mv "$dir" "${dir%/*}/.gone-${dir##*/}.$$" || ! is_there || {
			say "its worktree $dir cannot be renamed"
			return
		}
	fi
	if [ -d "$common" ]; then
		if find_admin; then
			rm -rf "$admin"
			rmdir "$common/worktrees"
		fi
		if [ -n "$branch" ] && lend "$common"; then delete_branch; fi
	fi
	say ok
}

remove() {
	exec 2>/dev/null
	mode=$5 clean=$6 again=
	if ! [ -s "$1/worktree" ]; then
		say ok # its making had not begun
	elif ! begin "$@" && [ "$mode" != force ]; then
		say "the file of its worktree in $task was changed: see what is in $dir, or force_worktree"
	elif kept; then
		:
	elif [ "$mode" = check ]; then
		say ok
	else
		take_away
	fi
}

# sweep: deletes the files of worktrees that were removed.
sweep() {
	exec 2>/dev/null
	rm -rf "$1"/.gone-* || {
		chmod -R u+rwX "$1"/.gone-*
		rm -rf "$1"/.gone-*
	}
}

case $1 in
make | look | diff | apply | remove | sweep)
	"$@" ;;
*)
	echo "usage: worktree.sh make|look|diff|apply|remove|sweep ..." >&2
	exit 2 ;;
esac
exit
