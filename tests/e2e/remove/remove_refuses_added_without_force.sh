# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a b
policy web a <<<''
policy other <<<''
expect_status 0 EG apply "$tmp/web.ini" "$tmp/other.ini"
expect_status 0 EG attach web --cgroup "$top/b"

for what in web --all "other web"; do
	# shellcheck disable=SC2086
	expect_status 1 EG remove $what
	expect_err "'web'.*'$top/b'" 'stays in force' 'hint:.*--force'
	denied a udp 127.0.0.2 53
	denied b udp 127.0.0.2 53
	expect_status 0 EG --json list
	expect_json '.policies | length == 2'
done

expect_status 0 EG remove web --force
allowed a udp 127.0.0.2 53
allowed b udp 127.0.0.2 53
expect_status 0 EG remove other
expect_nothing_left

# Detached first, it needs no force.
expect_status 0 EG apply "$tmp/web.ini"
expect_status 0 EG attach web --cgroup "$top/b"
expect_status 0 EG detach web --cgroup "$top/b"
expect_status 0 EG remove web
