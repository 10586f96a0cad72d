# Completion of ccproc in fish: all candidates come from the program itself.
# To be sourced: ccproc completion fish | source
function __ccproc_complete
	set -l before (commandline -opc)
	set -l current (commandline -ct)
	test (count $current) -eq 0; and set current ''
	for line in ($before[1] completion words $before[2..-1] $current 2>/dev/null)
		switch $line
			case :file
				__fish_complete_path $current
			case :dir
				__fish_complete_directories $current
			case :command
				complete -C $current
			case '*'
				printf '%s\n' $line
		end
	end
end
complete -c ccproc -f -a '(__ccproc_complete)'
