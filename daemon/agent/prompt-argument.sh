#!/bin/sh
# Reads a prompt from stdin, puts it in place of each {prompt} in the
# arguments, and becomes the program that they name.
prompt=$(cat; echo .) # the dot keeps the newlines at the end
prompt=${prompt%.}
left=$#
while [ "$left" -gt 0 ]; do
	case $1 in
	*'{prompt}'*)
		set -- "$@" "${1%%'{prompt}'*}$prompt${1#*'{prompt}'}" ;;
	*)
		set -- "$@" "$1" ;;
	esac
	shift
	left=$((left - 1))
done
exec "$@" </dev/null
