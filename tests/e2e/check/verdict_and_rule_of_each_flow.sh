# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

cat >"$tmp/web.ini" <<END
[policy]
default      = deny
unix-default = deny

[allow net]
to     = 10.0.0.0/8, 2001:db8::/32
except = 10.66.0.0/16
port   = 443

[deny metadata]
to = @metadata

[allow sock]
unix = /run/x.sock
END

# All are allowed: 0.
expect_status 0 EG check "$tmp/web.ini" tcp:10.1.2.3:443 'udp:[2001:db8::1]:443' unix:/run/x.sock
expect_out '^FLOW +ANSWER$' "^tcp:10\.1\.2\.3:443 +allowed by \[allow net\] \($tmp/web\.ini:5\)\$" \
	'^udp:\[2001:db8::1\]:443 +allowed by \[allow net\]' '^unix:/run/x\.sock +allowed by \[allow sock\] .*:13\)$'
expect_err "web\.ini:3:16: warning: 'unix-default = deny' is not supported"

# Something is denied: 4, and every flow is answered.
expect_status 4 EG check "$tmp/web.ini" tcp:10.1.2.3:443 tcp:169.254.169.254:80 tcp:10.66.0.1:443 \
	tcp:10.1.2.3:80 unix:/run/y icmp:10.1.2.3
expect_out '^tcp:10\.1\.2\.3:443 +allowed' '^tcp:169\.254\.169\.254:80 +denied by \[deny metadata\] .*web\.ini:10\)$' \
	'^tcp:10\.66\.0\.1:443 +denied: no rule allows it, and the default is deny \(.*web\.ini:2\)$' \
	'^tcp:10\.1\.2\.3:80 +denied: no rule allows it' \
	'^unix:/run/y +denied: no rule allows it, and unix-default is deny \(.*web\.ini:3\)$' '^icmp:10\.1\.2\.3 +denied: '
[ "$(wc -l <"$tmp/out")" = 7 ] || said "not a line for each flow"

expect_status 4 EG --json check "$tmp/web.ini" tcp:169.254.169.254:80 tcp:10.1.2.3:443 unix:/run/y icmp:10.1.2.3
expect_json '.policy == "web"' '.mode == "enforce"' '[.flows[].verdict] == ["deny", "allow", "deny", "deny"]' \
	'[.flows[].reason] == ["rule-deny", "rule-allow", "default-deny", "socket"]' \
	'[.flows[] | [.kind, .rule, .line]] == [["deny", "metadata", 10], ["allow", "net", 5], [null, null, 3], [null, null, null]]' \
	".flows[0].file == \"$tmp/web.ini\"" '.flows[1].flow == "tcp:10.1.2.3:443"' \
	'.flows[0].answer | startswith("denied by [deny metadata]")'

# It answers what is asked of a policy that says otherwise itself: [expect] is for validate and apply.
printf '[expect]\ndeny = tcp:10.1.2.3:443\n' >>"$tmp/web.ini"
expect_status 0 EG check "$tmp/web.ini" tcp:10.1.2.3:443
expect_no_err 'error'
expect_nothing_left
