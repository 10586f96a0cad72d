#!/bin/sh
# Reads a prompt from stdin, puts it in place of each {prompt} in the
# arguments, and becomes the program that they name.  A prompt with a dash is
# no option there: where it would begin the argument, it gets a space first.
prompt=$(cat; echo .) # the dot keeps the newlines at the end
prompt=${prompt%.}
case $prompt in
-*) word=" $prompt" ;;
*) word=$prompt ;;
esac
left=$#
while [ "$left" -gt 0 ]; do
	case $1 in
	'{prompt}'*)
		set -- "$@" "$word${1#'{prompt}'}" ;;
	*'{prompt}'*)
		set -- "$@" "${1%%'{prompt}'*}$prompt${1#*'{prompt}'}" ;;
	*)
		set -- "$@" "$1" ;;
	esac
	shift
	left=$((left - 1))
done
exec "$@" </dev/null
