# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a
policy web a <<END
[allow one]
to = 127.0.0.1
[allow two]
to = 127.0.0.2
END
expect_status 0 EG apply "$tmp/web.ini"
allowed a udp 127.0.0.2 53
allowed a udp 127.0.0.1 53
denied a udp 127.0.0.3 53

policy web a <<END
[allow three]
to = 127.0.0.3
[allow one]
to = 127.0.0.1
END
expect_status 0 EG apply "$tmp/web.ini"
expect_quiet
expect_out '^web +2 '
denied a udp 127.0.0.2 53
allowed a udp 127.0.0.3 53
allowed a udp 127.0.0.1 53

# A rule that stays keeps its count; the text of the generation in force is the only one there.
expect_status 0 EG --json show web
expect_json '.generation == 2' '.rules | map({(.rule): .hits}) | add == {"three": 1, "one": 2}' \
	".text == \"$run_dir/web-2.ini\""
expect cmp -s "$run_dir/web-2.ini" "$tmp/web.ini"
[ "$(ls "$run_dir")" = web-2.ini ] || fail "texts: $(ls "$run_dir")"

# One that fails leaves the old one deciding, and says so.
printf '[allow four]\nto = 127.0.0.4/8\n' >>"$tmp/web.ini"
expect_status 3 EG apply "$tmp/web.ini"
expect_err 'nothing has changed'
allowed a udp 127.0.0.3 53
denied a udp 127.0.0.4 53
expect_status 0 EG --json show web
expect_json '.generation == 2'
