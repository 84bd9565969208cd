# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a b c d e held
policy web c b a <<<''
expect_status 0 EG apply "$tmp/web.ini"
expect_status 0 EG attach web --cgroup "$top/d"
policy other held <<<''
expect_status 0 EG apply "$tmp/other.ini"

# Added ones stay; declared ones go, in the order of their paths; the file's come in its order.
policy web e d <<<''
expect_status 1 EG diff --exit-code "$tmp/web.ini"
expect_no_err 'note:'
expect_status 0 EG --json diff "$tmp/web.ini"
expect_json ".cgroups == [{change: \"attach\", cgroup: \"$top/e\"}, {change: \"declare\", cgroup: \"$top/d\"},
	{change: \"detach\", cgroup: \"$top/a\"}, {change: \"detach\", cgroup: \"$top/b\"},
	{change: \"detach\", cgroup: \"$top/c\"}]" '.rules == []'
denied a udp 127.0.0.2 53
allowed e udp 127.0.0.2 53

# Only an added one more than the file names: no change.
policy web a b c <<<''
expect_status 0 EG diff --exit-code "$tmp/web.ini"
expect_out '^changed: no$'

# What apply would refuse is told.
policy web a b c held nope <<<''
expect_status 0 EG diff "$tmp/web.ini"
expect_out "^attach +$top/held\$" "^attach +$top/nope\$"
expect_err "note: apply would fail: cgroup '$top/held' obeys policy 'other' already; say --replace" \
	"note: apply would fail: .*'$top/nope'"
policy web self <<<''
expect_status 0 EG diff "$tmp/web.ini"
expect_err "note: apply would fail: .*'$top/self'.*--force"

# Without the text in force there is nothing to compare with, and it says what to do.
rm "$run_dir"/web-*.ini
expect_status 1 EG diff "$tmp/web.ini"
expect_err "text in force of policy 'web' cannot be read: .*No such file" 'hint: .*apply'
expect_status 2 EG diff
expect_status 2 EG diff "$tmp/web.ini" "$tmp/other.ini"
expect_status 1 EG diff "$tmp/nope.ini"
printf '[policy]\ndefault = x\n' >"$tmp/bad.ini"
expect_status 3 EG diff "$tmp/bad.ini"
