# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a
policy web a <<END
[set unused]
address = 192.0.2.1
[allow two]
to = 127.0.0.2
END
expect_status 0 EG apply "$tmp/web.ini"
expect_err 'web\.ini:5:[0-9]+: warning: .*unused'
expect_out '^web '
denied a udp 127.0.0.3 53
expect_status 0 EG --json apply "$tmp/web.ini"
expect_json '.problems | length == 1' '.problems[0].severity == "warning"' '.applied[0].policy == "web"'
expect_status 7 EG run --policy "$tmp/web.ini" -- sh -c 'exit 7'
expect_no_err warning # standard error is the command's
