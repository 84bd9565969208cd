# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a b
policy web a b <<<''
expect_status 0 EG apply "$tmp/web.ini"
denied b udp 127.0.0.2 53

policy web a <<<''
expect_status 0 EG apply "$tmp/web.ini"
expect_err "'web'.*'$top/b'.*detached"
denied a udp 127.0.0.2 53
allowed b udp 127.0.0.2 53
expect_status 0 EG --json show web
expect_json "[.cgroups[].cgroup] == [\"$top/a\"]"

# said once
expect_status 0 EG apply "$tmp/web.ini"
expect_no_err 'note:'
