#!/bin/bash
# Completion of ccproc in bash: all candidates come from the program itself.
# To be sourced: eval "$(ccproc completion bash)"
_ccproc()
{
	local word cur=${COMP_WORDS[COMP_CWORD]}

	COMPREPLY=()
	while IFS=$'\t' read -r word _; do
		case $word in
		:file) compopt -o default ;;
		:dir) compopt -o dirnames ;;
		:command) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
		*) COMPREPLY+=("$word") ;;
		esac
	done < <("${COMP_WORDS[0]}" completion words \
	    "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _ccproc ccproc
