# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a
ip link add eg0 type veth peer name eg1
mkdir "$tmp/lists"
echo 192.0.2.1 >"$tmp/lists/one.txt"
echo 192.0.2.2 >"$tmp/lists/two.txt"
policy web a <<END
[set one]
file = lists/one.txt
[set two]
file = lists/two.txt
[allow one]
to = @one
port = 80
[allow two]
to = @two
port = 443
[allow self]
to = @self, @loopback
END
expect_status 0 EG apply "$tmp/web.ini"
expect_status 0 EG diff --exit-code "$tmp/web.ini"
expect_out '^changed: no$'

# tables FILTER...: the text is the same, and this is what it has come to stand for
tables() {
	expect_status 1 EG diff --exit-code "$tmp/web.ini"
	expect_out '^changed: yes$'
	expect_err 'note: the words are the same, but stand for something else now'
	expect_status 0 EG --json diff "$tmp/web.ini"
	expect_json '.changed == true' '.rules == [] and .sets == [] and .settings == []' '.notes | length == 1' "$@"
}

# An address more, of either family.
echo 192.0.2.3 >>"$tmp/lists/one.txt"
tables '.tables == [{table: "ipv4", entries: 3, entries_then: 4}]'
echo 2001:db8::3 >>"$tmp/lists/one.txt"
tables '[.tables[].table] == ["ipv4", "ipv6"]' '.tables[1] == {table: "ipv6", entries: 1, entries_then: 2}'

# Two that change places: as many entries as before, and other ports.
echo 192.0.2.2 >"$tmp/lists/one.txt"
echo 192.0.2.1 >"$tmp/lists/two.txt"
tables '.tables | length > 0' 'all(.tables[]; .entries == .entries_then)'

# Back again: no change. A comment in a list is none either, and the order of the text does not hide one.
echo '192.0.2.1 # comment' >"$tmp/lists/one.txt"
echo 192.0.2.2 >"$tmp/lists/two.txt"
expect_status 0 EG diff --exit-code "$tmp/web.ini"
expect_out '^changed: no$'
expect_no_err 'note:'
sed -n '/^\[allow two/,$p' "$tmp/web.ini" >"$tmp/tail"
sed '/^\[set one/,$d' "$tmp/web.ini" >"$tmp/head"
sed -n '/^\[set one/,/^port/p' "$tmp/web.ini" >"$tmp/middle"
cat "$tmp/head" "$tmp/tail" "$tmp/middle" >"$tmp/web.ini"
expect_status 0 EG diff --exit-code "$tmp/web.ini"
expect_out '^changed: no$'
echo 192.0.2.3 >>"$tmp/lists/two.txt"
tables '.tables[0].table == "ipv4"'
echo 192.0.2.2 >"$tmp/lists/two.txt"

# A set that the machine resolves.
ip address add 198.51.100.5/24 dev eg0
tables '.tables == [{table: "ipv4", entries: 3, entries_then: 4}]'
expect_status 0 EG apply "$tmp/web.ini"
expect_status 0 EG diff --exit-code "$tmp/web.ini"
expect_out '^changed: no$'

# The lists are those beside the file that would be applied.
mkdir -p "$tmp/next/lists"
cp "$tmp/web.ini" "$tmp/next/renamed.ini"
cp "$tmp/lists/one.txt" "$tmp/lists/two.txt" "$tmp/next/lists/"
expect_status 0 EG diff --exit-code "$tmp/next/renamed.ini"
echo 192.0.2.3 >"$tmp/next/lists/two.txt"
expect_status 1 EG diff --exit-code "$tmp/next/renamed.ini"
expect_out '^ipv4 '
