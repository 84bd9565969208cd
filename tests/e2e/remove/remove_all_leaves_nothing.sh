# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

expect_status 0 EG remove --all
expect_out '^removed: 0$'
expect_quiet
expect_nothing_left

new_cgroup a b
policy one a <<<''
policy two b <<<''
expect_status 0 EG apply "$tmp/one.ini" "$tmp/two.ini"
expect_status 0 EG apply "$tmp/two.ini"
links() { bpftool cgroup show "$mount$top/b" 2>/dev/null | grep -c eg_ || true; }
[ "$(links)" -ge 5 ] || fail "bpftool sees $(links) programs on the cgroup"

# one of two
expect_status 1 EG remove one nope
expect_err "'nope'"
expect_status 0 EG --json list
expect_json '.policies | length == 2'
expect_status 0 EG remove one one
expect_out '^removed: 1$'
denied b udp 127.0.0.2 53
allowed a udp 127.0.0.2 53
expect_status 0 EG --json list
expect_json '[.policies[].policy] == ["two"]'

expect_status 0 EG apply "$tmp/one.ini"
expect_status 0 EG remove --all
expect_out '^removed: 2$'
expect_quiet
expect_nothing_left
[ "$(links)" = 0 ] || fail "programs are left on the cgroup"
allowed a udp 127.0.0.2 53
allowed b udp 127.0.0.2 53

# The last one by name leaves nothing either, and everything starts afresh.
expect_status 0 EG apply "$tmp/one.ini"
expect_out '^one +1 '
expect_status 0 EG remove one
expect_nothing_left
expect_status 1 EG remove one
expect_err "no policy"
