#!/bin/sh
# Run by systemd when ccproc-leave.service is stopped: if that is because the
# user's systemd exits, has all tasks end, and tells them why.
[ "$(systemctl --user is-system-running)" = stopping ] || exit 0
why=logout
[ "$(timeout 3 systemctl is-system-running 2>/dev/null)" != stopping ] ||
	why=shutdown
exec "${0%/*}/ccproc-keeper" --leave "$why"
