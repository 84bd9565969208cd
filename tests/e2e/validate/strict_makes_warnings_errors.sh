# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

cat >"$tmp/web.ini" <<END
[policy]
default = deny

[set unused]
address = 10.0.0.0/8

[allow sock]
unix = /run/x.sock
END

# warned SEVERITY: what looks wrong, and what this version cannot enforce
warned() {
	expect_err "web\.ini:2:11: $1: .*loopback" "web\.ini:4:[0-9]+: $1: .*unused" \
		"web\.ini:8:8: $1: 'unix = /run/x.sock' is not supported"
}

expect_status 0 EG validate "$tmp/web.ini"
warned warning
expect_out 'web\.ini +yes .* 3 +0$'
expect_status 3 EG validate --strict "$tmp/web.ini"
warned error
expect_out 'web\.ini +no .* 0 +3$'
expect_status 3 EG --json validate --strict "$tmp/web.ini"
expect_json '.files[0] | .valid == false and .errors == 3 and .warnings == 0 and .policy == "web"' \
	'[.problems[].severity] == ["error", "error", "error"]'

# Nothing to warn of is fine under --strict too.
printf '[policy]\ndefault = allow\n' >"$tmp/web.ini"
expect_status 0 EG validate --strict "$tmp/web.ini"
expect_quiet
