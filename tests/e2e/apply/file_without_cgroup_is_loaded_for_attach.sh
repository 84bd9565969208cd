# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a
policy web <<<'[allow x]'$'\n''to = 127.0.0.2'
expect_status 0 EG apply "$tmp/web.ini"
expect_quiet
expect_status 0 EG --json show web
expect_json '.cgroups == []' '.generation == 1'
allowed a udp 127.0.0.3 53

expect_status 0 EG attach web --cgroup "$top/a"
denied a udp 127.0.0.3 53
allowed a udp 127.0.0.2 53
expect_status 0 EG --json show web
expect_json '.cgroups[0] | .bound == "added" and .complete == true'
