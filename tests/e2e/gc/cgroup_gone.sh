# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a b
policy web a b <<<''
expect_status 0 EG gc
expect_out '^attachments_dropped: 0$'
expect_nothing_left

expect_status 0 EG apply "$tmp/web.ini"
[ "$(find "$bpffs/links" -mindepth 1 -maxdepth 1 | wc -l)" = 2 ] || fail "not two attachments"
rmdir "$mount$top/b"
expect_status 0 EG gc
expect_out '^attachments_dropped: 1$'
expect_quiet
[ "$(find "$bpffs/links" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ] || fail "links of a cgroup that is gone are left"
denied a udp 127.0.0.2 53
expect_status 0 EG --json list
expect_json '.policies[0].cgroups == 1'

# A new cgroup of the old name has no policy until it gets one.
new_cgroup b
allowed b udp 127.0.0.2 53
expect_status 0 EG apply "$tmp/web.ini"
denied b udp 127.0.0.2 53

# The other commands drop it on their way.
rmdir "$mount$top/a" "$mount$top/b"
policy other <<<''
expect_status 0 EG apply "$tmp/other.ini"
[ -z "$(ls "$bpffs/links")" ] || fail "apply left links of cgroups that are gone"
expect_status 0 EG --json gc
expect_json '.attachments_dropped == 0'
