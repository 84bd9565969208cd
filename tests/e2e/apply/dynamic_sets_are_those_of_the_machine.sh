# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a
ip link add eg0 type veth peer name eg1
ip address add 192.0.2.5/24 dev eg0
ip link set eg0 up
ip link set eg1 up
policy web a <<END
[allow self]
to = @self
[deny subnets]
to = @local-subnets
except = @self
[allow local]
to = 127.0.0.0/8
END
expect_status 0 EG apply "$tmp/web.ini"
allowed a udp 192.0.2.5 53
denied a udp 192.0.2.6 53
allowed a udp 127.0.0.1 53
expect_status 4 EG check "$tmp/web.ini" udp:192.0.2.5:53 udp:192.0.2.6:53
expect_out '192\.0\.2\.5:53 +allowed by \[allow self\]' '192\.0\.2\.6:53 +denied by \[deny subnets\]'

# What the machine has now counts, the next time it is applied.
ip address add 192.0.2.6/24 dev eg0
denied a udp 192.0.2.6 53
expect_status 0 EG apply "$tmp/web.ini"
allowed a udp 192.0.2.6 53

# "run" asks too.
expect_status 0 EG run --policy "$tmp/web.ini" -- "$probe" udp 192.0.2.6 53
