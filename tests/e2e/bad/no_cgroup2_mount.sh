# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a
policy web a <<<''
cat >"$tmp/unmounted" <<END
set -e
umount -l '$mount'
exec '$egressctl' --bpffs '$bpffs' --run-dir '$run_dir' "\$@"
END
without() {
	unshare -m bash "$tmp/unmounted" "$@"
}

expect_status 1 without apply "$tmp/web.ini"
expect_err 'no cgroup2' 'nothing has changed' 'hint:.*mount -t cgroup2'
expect_status 125 without run --policy "$tmp/web.ini" -- true
expect_err 'no cgroup2' 'was not run' 'hint:.*mount -t cgroup2'
expect_nothing_left

expect_status 0 EG apply "$tmp/web.ini"
for command in "attach web --cgroup $top/a" "detach web --cgroup $top/a" "show web" "remove web" "remove --all" gc; do
	# shellcheck disable=SC2086
	expect_status 1 without $command
	expect_err 'no cgroup2' 'hint:.*mount -t cgroup2'
done
expect_status 0 without list
expect_out '^web '
expect_status 1 without doctor
expect_out '^cgroup2 +FAIL .*no cgroup2'
denied a udp 127.0.0.2 53

# A mount made elsewhere serves as well.
cat >"$tmp/elsewhere" <<END
set -e
umount -l '$mount'
mkdir -p '$tmp/cg two'
mount -t cgroup2 none '$tmp/cg two'
exec '$egressctl' --bpffs '$bpffs' --run-dir '$run_dir' "\$@"
END
expect_status 0 unshare -m bash "$tmp/elsewhere" show web
expect_out "^$top/a "
expect_status 0 unshare -m bash "$tmp/elsewhere" apply "$tmp/web.ini"
expect_status 0 unshare -m bash "$tmp/elsewhere" run --policy "$tmp/web.ini" -- true
