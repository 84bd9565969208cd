# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a a/child
policy web a <<<'[allow x]'$'\n''to = 127.0.0.2'
policy other <<<''
expect_status 0 EG apply "$tmp/web.ini" "$tmp/other.ini"

expect_status 1 EG attach other --cgroup "$top/a"
expect_err "'$top/a'.*'web'" 'hint:.*--replace'
allowed a udp 127.0.0.2 53

policy other a <<<''
expect_status 1 EG apply "$tmp/other.ini"
expect_err "'$top/a'.*'web'" 'nothing has changed' 'hint:.*--replace'
allowed a udp 127.0.0.2 53
expect_status 0 EG --json show other
expect_json '.generation == 1' '.cgroups == []'

# A child is another cgroup: both decide there.
expect_status 0 EG attach other --cgroup "$top/a/child"
denied a/child udp 127.0.0.2 53
allowed a udp 127.0.0.2 53
