# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a
policy web a nope <<<''
expect_status 1 EG apply "$tmp/web.ini"
expect_err "web\.ini:5:10: .*'$top/nope'.*No such file" 'nothing has changed' "hint:.*$mount"
allowed a udp 127.0.0.2 53
expect_nothing_left
[ ! -e "$mount$top/nope" ] || fail "the cgroup was made"

expect_status 1 EG --json apply "$tmp/web.ini"
expect_json ".error | contains(\"$top/nope\")"

# An absolute path that is not below the mount is read from the mount.
policy web <<<'cgroup = /sys/fs/no/such/place'
expect_status 1 EG apply "$tmp/web.ini"
expect_err "'/sys/fs/no/such/place'"
policy web <<<'cgroup = a/../b'
expect_status 3 EG apply "$tmp/web.ini"
expect_err 'web\.ini:4:10: error.*\.\.'

# Loaded: the old policy stays in force.
policy web a <<<''
expect_status 0 EG apply "$tmp/web.ini"
policy web a nope <<<''
expect_status 1 EG apply "$tmp/web.ini"
denied a udp 127.0.0.2 53
expect_status 1 EG attach web --cgroup "$top/nope"
expect_err "'$top/nope'.*No such file" 'hint:'
expect_status 1 EG detach web --cgroup "$top/nope"
expect_err "'$top/nope'"
