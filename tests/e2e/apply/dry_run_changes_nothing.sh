# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a b
policy web a <<<''

# Nothing is loaded: nothing is left, and it does not look like a real apply.
expect_status 0 EG apply --dry-run "$tmp/web.ini"
expect_out '^web '
expect grep -Eiq 'dry|would|nothing has changed' "$tmp/out" "$tmp/err"
allowed a udp 127.0.0.2 53
expect_nothing_left

# Loaded: neither rules nor cgroups change.
expect_status 0 EG apply "$tmp/web.ini"
find "$bpffs" "$run_dir" | sort >"$tmp/before"
policy web b <<<'[allow all]'$'\n''to = any'
expect_status 0 EG apply --dry-run "$tmp/web.ini"
find "$bpffs" "$run_dir" | sort | expect cmp -s - "$tmp/before"
denied a udp 127.0.0.2 53
allowed b udp 127.0.0.2 53
expect_status 0 EG --json show web
expect_json '.generation == 1' '.rules == []' '[.cgroups[].bound] == ["declared"]'

# It refuses what a real one would refuse.
policy web nope <<<''
expect_status 1 EG apply --dry-run "$tmp/web.ini"
expect_err "nope"
policy other a <<<''
expect_status 1 EG apply --dry-run "$tmp/other.ini"
expect_err "'web'"
