# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

cat >"$tmp/good.ini" <<END
[policy]
default = deny
cgroup  = /no/such/cgroup

[set net]
address = 10.0.0.0/8, fd00::/8
file    = more.txt

[allow local]
to = @loopback, @net

[deny one]
to = 10.0.0.1
END
echo 192.0.2.1 >"$tmp/more.txt"

# A file that is fine: nothing to say but what is in it. It need not be one that this machine can apply.
expect_status 0 EG validate "$tmp/good.ini"
expect_quiet
expect_out '^FILE +VALID +POLICY +RULES +SETS +IPV4 ENTRIES +IPV6 ENTRIES +BLOCKS +WARNINGS +ERRORS$' \
	"^$tmp/good.ini +yes +good +2 +1 +4 +2 +[0-9]+ +0 +0\$"
expect_status 0 EG --json validate "$tmp/good.ini"
expect_json '.files == [{file: .files[0].file, valid: true, policy: "good", rules: 2, sets: 1, ipv4_entries: 4,
	ipv6_entries: 2, blocks: .files[0].blocks, warnings: 0, errors: 0}]' 'has("problems") | not'

# All files are told of, whatever is wrong with the ones before.
sed 's/10.0.0.1$/10.0.0.1\/8/; s/^file.*/address = x/' "$tmp/good.ini" >"$tmp/bad.ini"
printf '[policy]\ndefault = deny\nexisting = kill\n[deny local]\nto = @loopback\n' >"$tmp/warned.ini"
expect_status 3 EG validate "$tmp/bad.ini" "$tmp/warned.ini" "$tmp/good.ini"
expect_err 'bad\.ini:7:11: error: ' 'bad\.ini:13:6: error: ' "warned\.ini:3:12: warning: 'existing = kill'"
expect_out "^$tmp/bad.ini +no +- .* 0 +2\$" "^$tmp/warned.ini +yes +warned .* 1 +0\$" "^$tmp/good.ini +yes "
expect_status 3 EG --json validate "$tmp/good.ini" "$tmp/bad.ini"
expect_json '[.files[].valid] == [true, false]' '[.files[].errors] == [0, 2]' '.files[1].policy == null' \
	'[.problems[].line] == [7, 13]'

# What it cannot read is no policy that is wrong: 1. Of both, the policy counts.
expect_status 1 EG validate "$tmp/nope.ini" "$tmp/good.ini" "$tmp"
expect_err 'nope\.ini: error: cannot open: No such file' "^$tmp: error: not a regular file"
expect_out "^$tmp/nope.ini +no" "^$tmp/good.ini +yes"
expect_status 3 EG validate "$tmp/nope.ini" "$tmp/bad.ini"
expect_status 3 EG validate "$tmp/bad.ini" "$tmp/bad.ini"
expect_status 2 EG validate
expect_nothing_left
