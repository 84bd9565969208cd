# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

# A link that somebody took away: what is loaded is not in force as it should be.
new_cgroup a
policy web a <<<''
expect_status 0 EG apply "$tmp/web.ini"
denied a udp 127.0.0.2 53
rm "$bpffs"/links/*/connect4
for _ in {1..100}; do # the kernel detaches it a little later
	! in_cgroup a "$probe" udp 127.0.0.2 53 >"$tmp/out" || break
	sleep 0.02
done
allowed a udp 127.0.0.2 53
expect_status 1 EG doctor
expect_out "^attachment +FAIL .*'$top/a'.*'web'"
expect_status 0 EG --json show web
expect_json '.cgroups[0].complete == false'

# The way out that it names works.
expect_status 0 EG apply "$tmp/web.ini"
expect_status 0 EG doctor
denied a udp 127.0.0.2 53
