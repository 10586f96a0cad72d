#compdef ccproc
# Completion of ccproc in zsh: all candidates come from the program itself.
# As _ccproc in a folder of $fpath, or after compinit:
# eval "$(ccproc completion zsh)"
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
# A file of $fpath is read when it is asked for the first time.
if [[ ${funcstack[1]-} = _ccproc ]]; then
	_ccproc "$@"
else
	compdef _ccproc ccproc
fi
