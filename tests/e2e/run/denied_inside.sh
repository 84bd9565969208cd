# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

listen tcp 127.0.0.2 8080
listen tcp 127.0.0.3 8080
policy web <<<'[allow x]'$'\n''to = 127.0.0.2'
policy other <<<'[allow x]'$'\n''to = 127.0.0.2, 127.0.0.3'

expect_status 0 EG run --policy "$tmp/web.ini" -- "$probe" tcp 127.0.0.2 8080
expect_quiet
expect_status 4 EG run --policy "$tmp/web.ini" -- "$probe" tcp 127.0.0.3 8080
expect_out '^127\.0\.0\.3 8080: EACCES'
expect_status 4 EG run --policy "$tmp/web.ini" -- "$probe" sendto 127.0.0.3 53
expect_status 4 EG run --policy "$tmp/web.ini" -- "$probe" socket raw
allowed self tcp 127.0.0.3 8080

# children, grandchildren, another network namespace, a cgroup below its own
expect_status 4 EG run --policy "$tmp/web.ini" -- sh -c "(sh -c '$probe tcp 127.0.0.3 8080; exit \$?')"
expect_status 4 EG run --policy "$tmp/web.ini" -- unshare -n sh -c "'$probe' loopback; '$probe' udp 127.0.0.3 8080"
expect_status 4 EG run --policy "$tmp/web.ini" -- sh -c "
	own='$mount'\$(sed -n 's/^0:://p' /proc/self/cgroup)
	mkdir \$own/below && echo \$\$ >\$own/below/cgroup.procs && exec '$probe' udp 127.0.0.3 8080"

# One inside another: both decide.
expect_status 4 EG run --policy "$tmp/web.ini" -- "$egressctl" --bpffs "$bpffs" --run-dir "$run_dir" \
	run --policy "$tmp/other.ini" -- "$probe" tcp 127.0.0.3 8080
expect_status 4 EG run --policy "$tmp/other.ini" -- "$egressctl" --bpffs "$bpffs" --run-dir "$run_dir" \
	run --policy "$tmp/web.ini" -- "$probe" tcp 127.0.0.3 8080
expect_status 0 EG run --policy "$tmp/other.ini" -- "$egressctl" --bpffs "$bpffs" --run-dir "$run_dir" \
	run --policy "$tmp/web.ini" -- "$probe" tcp 127.0.0.2 8080

# The cgroups that the file names are for "apply": they need not be there.
policy web nope <<<''
expect_status 4 EG run --policy "$tmp/web.ini" -- "$probe" tcp 127.0.0.2 8080
expect_nothing_left
