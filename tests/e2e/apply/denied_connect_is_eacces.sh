# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a a/child b
listen tcp 127.0.0.2 8080
listen tcp 127.0.0.3 8080
listen tcp ::1 8080
policy web a <<END
[allow web]
to   = 127.0.0.0/30, ::1
port = 8080

[deny three]
to = 127.0.0.3
END

expect_status 0 EG apply "$tmp/web.ini"
expect_quiet
expect_out '^POLICY' '^web +1 +2 +1 '

allowed a tcp 127.0.0.2 8080
expect_out '^127\.0\.0\.2 8080: connected in [0-9]+ us$'
denied a tcp 127.0.0.3 8080
expect_out '^127\.0\.0\.3 8080: EACCES \(Permission denied\) in [0-9]+ us$'
denied a tcp 127.0.0.2 8081
allowed a tcp ::1 8080
denied a tcp ::1 8081
allowed a tcp ::ffff:127.0.0.2 8080
denied a tcp ::ffff:127.0.0.3 8080
allowed a/child udp 127.0.0.2 8080
denied a/child udp 127.0.0.3 8080
denied a sendto 127.0.0.3 8080
denied a/child sendto ::1 53

# Root may make raw sockets, and everyone ping sockets here: it is the policy that says no.
echo '0 2147483647' >/proc/sys/net/ipv4/ping_group_range
for kind in raw ping udplite; do
	expect_status 4 in_cgroup a "$probe" socket $kind
	expect_out "^$kind: EACCES"
	expect_status 0 in_cgroup b "$probe" socket $kind
done

# Others are not touched.
allowed b tcp 127.0.0.3 8080
allowed self sendto 127.0.0.3 8080

# Each decision was counted once, by the rule that made it.
expect_status 0 EG --json show web
expect_json '[.rules[].hits] == [4, 4]' '.hits_default == 3' '.hits_socket == 3'
