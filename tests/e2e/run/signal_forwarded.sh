# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

policy web <<<''

# start COMMAND...: under "run", whose process id is in $run
start() {
	rm -f "$tmp/up"
	"$egressctl" --bpffs "$bpffs" --run-dir "$run_dir" run --policy "$tmp/web.ini" -- "$@" 2>"$tmp/err" &
	run=$!
	children+=("$run")
	until [ -e "$tmp/up" ]; do sleep 0.01; done
}

ends() { # STATUS
	local status=0
	wait "$run" || status=$?
	[ "$status" = "$1" ] || fail "$signal: ended with $status instead of $1: $(cat "$tmp/err")"
}

# A signal to "run" reaches the command, which decides what becomes of it.
for signal in TERM HUP USR1 USR2; do
	start bash -c "trap 'exit 9' $signal; touch '$tmp/up'; while :; do sleep 0.01; done"
	kill -"$signal" "$run"
	ends 9
	start bash -c "touch '$tmp/up'; while :; do sleep 0.01; done"
	kill -"$signal" "$run"
	ends $((128 + $(kill -l "$signal")))
done
expect_nothing_left

# Killed itself, it leaves the command under its policy; the next command tidies up behind it.
start bash -c "touch '$tmp/up'; until [ -e '$tmp/go' ]; do sleep 0.01; done; '$probe' udp 127.0.0.2 53 >'$tmp/verdict'"
disown
kill -KILL "$run"
while kill -0 "$run" 2>/dev/null; do sleep 0.01; done
expect_status 0 EG gc
touch "$tmp/go"
until [ -s "$tmp/verdict" ]; do sleep 0.01; done
grep -q EACCES "$tmp/verdict" || fail "the command runs on without its policy: $(cat "$tmp/verdict")"
for _ in {1..100}; do
	expect_status 0 EG gc
	[ -e "$bpffs" ] || break
	sleep 0.01
done
expect_nothing_left
