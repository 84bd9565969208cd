# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

policy web <<<''

clean() {
	expect_nothing_left
	[ -z "$(find "$mount$top/self" -mindepth 1 -type d)" ] || fail "left: $(find "$mount$top/self" -mindepth 1 -type d)"
}

expect_status 0 EG run --policy "$tmp/web.ini" -- true
clean
expect_status 127 EG run --policy "$tmp/web.ini" -- no-such-command
clean
expect_status 125 EG run --policy "$tmp/web.ini" --user no-such-user -- true
clean
expect_status 137 EG run --policy "$tmp/web.ini" -- sh -c 'kill -KILL $$'
clean

# What the command leaves running, also in cgroups of its own, ends with it.
expect_status 0 EG run --policy "$tmp/web.ini" -- sh -c "
	own='$mount'\$(sed -n 's/^0:://p' /proc/self/cgroup)
	sleep 61 & echo \$! >'$tmp/pids'
	setsid sh -c 'trap \"\" TERM HUP; sleep 62' & echo \$! >>'$tmp/pids'
	mkdir -p \$own/x/y; sleep 63 & echo \$! >>'$tmp/pids'; echo \$! >\$own/x/y/cgroup.procs"
clean
while read -r pid; do
	[ ! -e "/proc/$pid" ] || fail "process $pid outlives the command: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
done <"$tmp/pids"

# Beside a policy that is loaded, it takes only its own away.
new_cgroup a
policy other a <<<''
expect_status 0 EG apply "$tmp/other.ini"
find "$bpffs/links" "$run_dir" | sort >"$tmp/before"
expect_status 0 EG run --policy "$tmp/web.ini" -- true
find "$bpffs/links" "$run_dir" | sort | expect cmp -s - "$tmp/before"
expect_status 0 EG --json list
expect_json '[.policies[].policy] == ["other"]'
denied a udp 127.0.0.2 53
