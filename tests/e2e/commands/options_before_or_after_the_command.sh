# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a
policy web a <<<''
places=(--bpffs "$bpffs" --run-dir "$run_dir")

expect_status 0 "$egressctl" "${places[@]}" apply "$tmp/web.ini"
expect_status 0 "$egressctl" list "${places[@]}" --json
expect_json '.policies | length == 1'
expect_status 0 "$egressctl" --json list --bpffs="$bpffs" --run-dir="$run_dir"
expect_json '.policies | length == 1'
expect_status 0 "$egressctl" "--bpffs=$bpffs" show web --json "--run-dir=$run_dir" "--cgroup-root=$mount"
expect_json ".cgroups[0].cgroup == \"$top/a\"" ".text == \"$run_dir/web-1.ini\""
expect_status 0 "$egressctl" apply "$tmp/web.ini" "${places[@]}"
expect_status 0 "$egressctl" remove "${places[@]}" -- web

# "run" takes options up to the command; what follows is the command's
expect_status 0 EG run --policy "$tmp/web.ini" echo --json --policy x
[ "$(cat "$tmp/out")" = "--json --policy x" ] || said "'run' took options of the command"
expect_status 0 EG run --policy "$tmp/web.ini" -- echo --json
[ "$(cat "$tmp/out")" = "--json" ] || said "'run' took options of the command"
expect_status 0 "$egressctl" run "${places[@]}" --policy="$tmp/web.ini" echo x

# a cgroup root that is none
expect_status 1 EG --cgroup-root "$tmp" apply "$tmp/web.ini"
expect_err "'$tmp' is not a cgroup2 mount"
