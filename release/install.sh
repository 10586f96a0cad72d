#!/bin/sh
# Installs the programs of this folder for one user, without root and without
# network; `ccproc uninstall' takes them away.
#
# usage: ./install.sh [--prefix DIR] [--no-mcp] [--no-units]
here=$(cd "$(dirname "$0")" && pwd) || exit 1
if [ "$(uname -s)" != Linux ]; then
	echo "install.sh: ccproc is for Linux, and this is $(uname -s)" >&2
	exit 1
fi
if ! "$here/bin/ccproc" --version >/dev/null 2>&1; then
	echo "install.sh: the programs of ${here##*/} do not run on this" \
	    "machine, $(uname -m)" >&2
	exit 1
fi
exec "$here/bin/ccproc" install "$@"
