# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a b c
policy web a <<<''
expect_status 0 EG apply "$tmp/web.ini"
expect_status 0 EG attach web --cgroup "$top/b"
denied b udp 127.0.0.2 53

policy web c <<<'[allow two]'$'\n''to = 127.0.0.2'
expect_status 0 EG apply "$tmp/web.ini"
expect_err "'$top/a'"
expect_no_err "'$top/b'"
allowed b udp 127.0.0.2 53
denied b udp 127.0.0.3 53
denied c udp 127.0.0.3 53
allowed a udp 127.0.0.3 53
expect_status 0 EG --json show web
expect_json ".cgroups | map({(.cgroup): .bound}) | add == {\"$top/b\": \"added\", \"$top/c\": \"declared\"}"

# An added one that the file names from now on is declared; no longer named, it goes.
policy web b c <<<''
expect_status 0 EG apply "$tmp/web.ini"
expect_no_err 'note:'
expect_status 0 EG --json show web
expect_json '[.cgroups[].bound] == ["declared", "declared"]'
policy web c <<<''
expect_status 0 EG apply "$tmp/web.ini"
expect_err "'$top/b'"
allowed b udp 127.0.0.3 53
