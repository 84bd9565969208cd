# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a b
policy web a <<<''
expect_status 0 EG apply "$tmp/web.ini"
expect_status 0 EG attach web --cgroup "$top/b"

expect_status 0 EG detach web --cgroup "$top/b"
expect_out '^detached: web$' "^cgroup: $top/b\$"
expect_quiet
allowed b udp 127.0.0.2 53
denied a udp 127.0.0.2 53

# One that the file names comes back with the next apply: said.
expect_status 0 EG detach web --cgroup "$top/a"
expect_err "note:.*'$top/a'.*apply"
allowed a udp 127.0.0.2 53
expect_status 0 EG list --json
expect_json '.policies[0] | .policy == "web" and .cgroups == 0'
expect_status 0 EG apply "$tmp/web.ini"
denied a udp 127.0.0.2 53

# Twice, from another policy, or from none.
expect_status 1 EG detach web --cgroup "$top/b"
expect_err "'$top/b'.*'web'"
policy other <<<''
expect_status 0 EG apply "$tmp/other.ini"
expect_status 1 EG detach other --cgroup "$top/a"
expect_err "'$top/a'.*'other'"
denied a udp 127.0.0.2 53
expect_status 1 EG detach nope --cgroup "$top/a"
expect_err "'nope'"

settle_in a
expect_status 0 EG detach web --pid "$pid"
allowed a udp 127.0.0.2 53
