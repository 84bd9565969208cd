# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a

# refused LINE:COL WHAT: the policy of the standard input asks for what cannot be enforced yet
refused() {
	policy web a
	expect_status 5 EG apply "$tmp/web.ini"
	expect_err "$tmp/web\.ini:$1: .*'$2'" 'nothing has changed'
	expect_status 5 EG apply --dry-run "$tmp/web.ini"
	expect_status 5 EG run --policy "$tmp/web.ini" -- touch "$tmp/ran"
	expect_err "$tmp/web\.ini:$1: .*'$2'" 'was not run'
	[ ! -e "$tmp/ran" ] || fail "'run' ran its command"
	expect_status 5 EG --json apply "$tmp/web.ini"
	expect_json '.status == 5' "[.problems[] | select(.severity == \"error\")] | length == 1 and (.[0].text | contains(\"$2\"))" \
		".problems[] | select(.severity == \"error\") | \"\(.line):\(.col)\" == \"$1\""
	allowed a udp 127.0.0.2 53
	expect_nothing_left
}

refused 5:16 'unix-default = deny' <<<'unix-default = deny'
refused 5:12 'backstop = yes' <<<'backstop = yes'
refused 5:18 'passed-sockets = deny' <<<'passed-sockets = deny'
refused 5:12 'existing = report' <<<'existing = report'
refused 5:12 'existing = kill' <<<'existing = kill'
refused 5:8 'mode = audit' <<<'mode = audit'
refused 6:8 'unix = /run/x.sock' <<<'[allow x]'$'\n''unix = /run/x.sock'
refused 6:8 'unix = @x' <<<'[deny x]'$'\n''unix = @x'
refused 6:9 'proto = icmp' <<<'[allow x]'$'\n''proto = icmp'

# All of them are named at once.
policy web a <<<'mode = audit'$'\n''existing = kill'$'\n''[allow x]'$'\n''unix = /run/x.sock'
expect_status 5 EG apply "$tmp/web.ini"
expect_err 'web\.ini:5:8:' 'web\.ini:6:12:' 'web\.ini:8:8:'

# What the default is anyway may be written down.
policy web a <<END
unix-default = allow
backstop = no
passed-sockets = allow
existing = keep
mode = enforce
raw = deny
errno = EACCES
END
expect_status 0 EG apply "$tmp/web.ini"
expect_status 0 EG apply --dry-run "$tmp/web.ini"
policy web a <<<'backstop = auto'
expect_status 0 EG apply "$tmp/web.ini"

# A refusal leaves what is loaded in force.
policy web a <<<'existing = kill'
expect_status 5 EG apply "$tmp/web.ini"
denied a udp 127.0.0.2 53
