# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a
policy web a <<<''

# A directory that is on no bpf file system.
for dir in "$tmp/pins" "$tmp"; do
	expect_status 1 EG --bpffs "$dir" apply "$tmp/web.ini"
	expect_err "'$dir'.*bpf" 'nothing has changed' 'hint:.*mount -t bpf'
	expect_status 125 EG --bpffs "$dir" run --policy "$tmp/web.ini" -- true
	expect_err "'$dir'.*bpf" 'hint:.*mount -t bpf'
done
[ ! -e "$tmp/pins" ] || fail "a directory was made"
allowed a udp 127.0.0.2 53
for command in list "show web" "remove web" "attach web --cgroup $top/a" "detach web --cgroup $top/a"; do
	# shellcheck disable=SC2086
	expect_status 1 EG --bpffs "$tmp" $command
	expect_err "'$tmp'.*bpf"
done

# One whose parent is missing is not blamed on the file system.
expect_status 1 EG --bpffs "$bpffs/no/such" apply "$tmp/web.ini"
expect_err "'$bpffs/no.*No such file"

# No bpf file system at the usual place: apply mounts it.
cat >"$tmp/unmounted" <<'END'
set -e
umount -l /sys/fs/bpf
"$@"
END
expect_status 0 unshare -m bash "$tmp/unmounted" "$egressctl" --bpffs /sys/fs/bpf/e2e --run-dir "$run_dir" doctor
expect_out 'bpffs'
expect_status 0 unshare -m bash "$tmp/unmounted" "$egressctl" --bpffs /sys/fs/bpf/e2e --run-dir "$run_dir" list
expect_err 'no policy is loaded'
cat >"$tmp/inside" <<'END'
set -e
umount -l /sys/fs/bpf
"$1" --bpffs /sys/fs/bpf/e2e --run-dir "$2" apply "$3"
grep -c ' /sys/fs/bpf .* - bpf ' /proc/self/mountinfo
"$1" --bpffs /sys/fs/bpf/e2e --run-dir "$2" remove --all
END
expect_status 0 unshare -m bash "$tmp/inside" "$egressctl" "$run_dir" "$tmp/web.ini"
expect_out '^1$' '^removed: 1$'

# It cannot be mounted: the message says how.
expect_status 1 unshare -m bash "$tmp/unmounted" setpriv --bounding-set -sys_admin --inh-caps=-all \
	"$egressctl" --bpffs /sys/fs/bpf/e2e --run-dir "$run_dir" apply "$tmp/web.ini"
expect_err '/sys/fs/bpf.*not.*bpf file system' 'hint:.*mount -t bpf bpf /sys/fs/bpf'
