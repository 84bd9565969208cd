# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

policy web <<<''
expect_status 2 EG check "$tmp/web.ini" tcp:192.0.2.1 tcp:192.0.2.1:80 'tcp:2001:db8::1:80' sctp:192.0.2.1 tcp:web:80
expect_err "^FLOW 1: error: 'tcp:192\.0\.2\.1' lacks a port" "^FLOW 3: error: 'tcp:2001:db8::1:80': .*brackets" \
	"^FLOW 4: error: 'sctp:192\.0\.2\.1'" "^FLOW 5: error: 'tcp:web:80': host names" '4 of 5 flows are malformed'
expect_no_err 'FLOW 2'
[ ! -s "$tmp/out" ] || said "a usage error writes to the standard output"
expect_status 2 EG --json check "$tmp/web.ini" tcp:192.0.2.1
expect_json '.status == 2' '.problems | length == 1' '.problems[0].text | contains("lacks a port")'

# Flows come first: the file need not even be there.
expect_status 2 EG check "$tmp/nope.ini" x
expect_status 1 EG check "$tmp/nope.ini" tcp:192.0.2.1:80
expect_err 'nope\.ini: cannot open'
printf '[policy]\ndefault = maybe\n' >"$tmp/bad.ini"
expect_status 3 EG check "$tmp/bad.ini" tcp:192.0.2.1:80
expect_err 'bad\.ini:2:11: error'
expect_status 2 EG check "$tmp/web.ini"
