#compdef ccproc
# Completion of ccproc in zsh: all candidates come from the program itself.
# To be sourced after compinit: eval "$(ccproc completion zsh)"
_ccproc() {
	local line
	local -a found
	for line in ${(f)"$("${words[1]}" completion words \
	    "${(@)words[2,CURRENT]}" 2>/dev/null)"}; do
		case $line in
		:file) _files; return ;;
		:dir) _files -/; return ;;
		:command) _command_names -e; return ;;
		esac
		found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
	done
	_describe -t ccproc ccproc found
}
compdef _ccproc ccproc
