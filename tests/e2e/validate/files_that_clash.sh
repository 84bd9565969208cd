# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

# file NAME POLICY CGROUP
file() {
	printf '[policy]\nname = %s\ndefault = allow\ncgroup = %s\n' "$2" "$3" >"$tmp/$1.ini"
}

file a one /x/y
file b two /x
file c one /z
file d three x//y/
expect_status 0 EG validate "$tmp/a.ini" "$tmp/b.ini"
expect_quiet

expect_status 3 EG validate "$tmp/a.ini" "$tmp/b.ini" "$tmp/c.ini"
expect_err "c\.ini: error: policy 'one' is that of '$tmp/a\.ini' too" 'hint: .*name'
expect_out 'a\.ini +yes' 'b\.ini +yes' 'c\.ini +no .* 1$'

expect_status 3 EG validate "$tmp/a.ini" "$tmp/b.ini" "$tmp/d.ini"
expect_err "d\.ini:4:10: error: cgroup 'x//y/' is that of '$tmp/a\.ini' too \(line 4\)"
expect_no_err 'b\.ini'
expect_status 3 EG --json validate "$tmp/a.ini" "$tmp/d.ini"
expect_json '[.files[].valid] == [true, false]' '.problems | length == 1'
