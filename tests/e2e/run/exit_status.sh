# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

policy web <<<'[deny local]'$'\n''to = @loopback'

# ends STATUS COMMAND...
ends() {
	expect_status "$1" EG run --policy "$tmp/web.ini" -- "${@:2}"
}

ends 0 true
expect_quiet
ends 1 false
ends 77 sh -c 'exit 77'
ends 255 sh -c 'exit 255'
expect_quiet
ends 137 sh -c 'kill -KILL $$'
ends 143 sh -c 'kill -TERM $$'
ends 126 "$tmp/web.ini"
expect_err "web.ini'.*Permission denied"
ends 126 "$tmp"
ends 127 no-such-command
expect_err "'no-such-command'.*No such file"
ends 127 ./no/such/command

# its own failures
expect_status 125 EG run --policy "$tmp/nope.ini" -- true
expect_err 'nope.ini.*No such file' 'was not run'
expect_status 125 EG run --policy "$tmp/web.ini" --user no-such-user -- true
expect_err "'no-such-user'" 'was not run'
expect_status 125 EG --bpffs "$tmp/pins" run --policy "$tmp/web.ini" -- true
expect_err "'$tmp/pins'" 'was not run'
expect_status 125 EG --cgroup-root "$tmp" run --policy "$tmp/web.ini" -- true
expect_err "'$tmp'" 'was not run'
expect_status 2 EG run -- true

# The streams are the command's.
[ "$(echo in | EG run --policy "$tmp/web.ini" -- sh -c 'cat; echo err >&2' 2>"$tmp/err")" = in ] || fail "stdin, stdout"
[ "$(cat "$tmp/err")" = err ] || said "stderr"
