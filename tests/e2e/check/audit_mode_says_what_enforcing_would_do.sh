# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

policy web <<<'mode = audit'
expect_status 4 EG check "$tmp/web.ini" tcp:192.0.2.1:80
expect_out '^tcp:192\.0\.2\.1:80 +denied: '
expect_err "note: policy 'web' is in audit mode: what is denied here passes"
expect_status 4 EG --json check "$tmp/web.ini" tcp:192.0.2.1:80
expect_json '.mode == "audit"' '.flows[0].verdict == "deny"' '.notes | length == 1'

policy web <<<''
expect_status 4 EG check "$tmp/web.ini" tcp:192.0.2.1:80
expect_no_err 'audit'

# With raw = allow nothing holds raw sockets back, and that is said too.
policy web <<<'raw = allow'
expect_status 4 EG check "$tmp/web.ini" icmp:192.0.2.1
expect_err 'note: raw is allow: raw sockets reach what the rules deny'
expect_status 4 EG check "$tmp/web.ini" tcp:192.0.2.1:80
expect_no_err 'note:'
