# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

policy web <<END
[allow dns]
to = 192.0.2.53, 2001:db8::53
port = 53

[deny host]   ; one of the net
to = 192.0.2.53
proto = udp

[allow sockets]
unix = /run/a.sock
END

# Anybody may ask, nothing is loaded, and what no kernel enforces yet is but a warning.
chmod 755 "$tmp"
cp "$egressctl" "$tmp/egressctl"
expect_status 0 setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$tmp/egressctl" compile "$tmp/web.ini"
expect_err 'web\.ini:13:8: warning: .*unix'
expect_nothing_left
head -1 "$tmp/out" | grep -qx "policy web, compiled from $tmp/web.ini" || said "the first line does not name policy and file"
expect_out '^ +10  proto = udp$' '^ +=> udp: 1 IPv4 answer$' \
	'^ +=> tcp,udp 53: 1 IPv4 answer, 1 IPv6 answer$' '^ +=> no address$' \
	'^  192\.0\.2\.53 +row [0-9]+$' '^  any other +deny \(default\)$' '^  udp +any +deny host +8 +/32$'
[ "$(grep -c '^policy ' "$tmp/out")" = 1 ] || said "something is printed twice"

# The same for programs.
expect_status 0 EG compile --json "$tmp/web.ini"
expect_quiet
expect_json '.policy == "web" and .default == "deny" and .errno == "EACCES" and .raw == "deny"' \
	'.problems[0] | .severity == "warning" and .line == 13' \
	'.rules | map(.rule) == ["dns", "host", "sockets"]' \
	'.rules[1] | .kind == "deny" and .line == 8 and .ipv4_answers == 1 and .ipv6_answers == 0' \
	'.rules[1].decides == [{"protocol": "udp", "from": 0, "to": 65535}]' \
	'.rules[2] | .ipv4_answers == 0 and .decides == []' \
	'.ipv4 | map(.destination) == ["192.0.2.53", "any other"]' \
	'.ipv4[1].row as $row | .rows[] | select(.row == $row).segments | map(.verdict) | unique == ["deny"]' \
	'.ipv6[0].row as $row | .rows[] | select(.row == $row) | .ipv6_answers == 1 and .ipv4_answers == 0' \
	'.ipv4[0].row as $row | .rows[] | select(.row == $row).segments | map(select(.rule == "dns")) ==
	[{"protocol": "tcp", "from": 53, "to": 53, "verdict": "allow", "rule": "dns", "line": 4, "match": "/32"}]'

# What is wrong is told as "apply" tells it.
printf 'to = 10.0.0.1/8\n' >>"$tmp/web.ini"
expect_status 3 EG compile "$tmp/web.ini"
expect_err 'web\.ini:14:6: error: .*beyond its prefix' '^egressctl compile: .*web\.ini: [0-9]+ errors?$'
[ ! -s "$tmp/out" ] || said "an invalid policy has a listing"
expect_status 3 EG compile --json "$tmp/web.ini"
expect_json '.command == "compile" and .status == 3 and (.problems | length > 0)'
expect_status 2 EG compile
expect_status 2 EG compile a b
expect_status 1 EG compile "$tmp/none.ini"
expect_status 1 sh -c "'$egressctl' compile '$source_dir/policies/ci.ini' >/dev/full"
expect_err 'cannot write'
