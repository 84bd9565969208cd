# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

expect_status 0 EG doctor
expect_quiet
expect_out "^cgroup2 +ok +$mount\$" "^pins +ok .*no policy"
! grep -Ev '^CHECK| ok ' "$tmp/out" || said "not all is well"
expect_nothing_left

new_cgroup a b
policy web a b <<<''
expect_status 0 EG apply "$tmp/web.ini"
expect_status 0 EG doctor
expect_out "^attachment +ok .*'$top/a'.*'web'" "^attachment +ok .*'$top/b'.*'web'"
expect_status 0 EG --json doctor
expect_json '[.checks[].result] | unique == ["ok"]' '[.checks[] | select(.check == "attachment")] | length == 2'

# A cgroup that is gone is no failure, and what to do is said.
rmdir "$mount$top/b"
expect_status 0 EG doctor
expect_out "^attachment +warn .*'$top/b'.*gc"
