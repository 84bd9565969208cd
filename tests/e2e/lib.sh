# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# lib.sh - sourced first by every test: a place of its own to work in, and words to say what is expected.
#
#   $tmp      a directory, gone afterwards
#   $top      the test's cgroup, as in /proc/PID/cgroup; the test itself runs in $top/self
#   $mount    the cgroup2 mount: "$mount$top" is its directory
#   $bpffs    the directory of the pins
#   $run_dir  the directory of the policy texts
#
# The test runs in a network namespace with nothing but a loopback. What it leaves of the program's is a failure.
set -euo pipefail
exec </dev/null
PATH=$PATH:/usr/sbin:/sbin # bpftool

fail() {
	echo "FAIL: ${0##*/e2e/}: $*" >&2
	exit 1
}

[ -x "${EG_BUILD:-}/egressctl" ] || fail "EG_BUILD does not name a directory with egressctl"
command -v jq >/dev/null || fail "jq is missing (Debian: apt install jq)"
if [ -z "${EG_INSIDE:-}" ]; then
	EG_INSIDE=1 exec unshare -n -- bash "$0" "$@"
fi

egressctl=$EG_BUILD/egressctl
probe=$EG_BUILD/probe
source_dir=${EG_SOURCE:?}
mount=$(awk '$4 == "/" && / - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
[ -n "$mount" ] || fail "no cgroup2 hierarchy is mounted"
home=$(sed -n 's/^0:://p' /proc/self/cgroup)
top=${home%/}/egressctl-e2e-$$
bpffs=/sys/fs/bpf/egressctl-e2e-$$
tmp=$(mktemp -d)
run_dir=$tmp/run
children=()

clean_up() {
	local status=$?
	trap - EXIT
	echo $$ >"$mount$home/cgroup.procs"
	[ ${#children[@]} = 0 ] || kill -KILL "${children[@]}" 2>/dev/null || true
	echo 1 >"$mount$top/cgroup.kill" || true
	"$egressctl" --bpffs "$bpffs" --run-dir "$run_dir" remove --all --force >"$tmp/cleaned" 2>&1 ||
		cat "$tmp/cleaned" >&2
	for _ in {1..100}; do
		find "$mount$top" -depth -type d -exec rmdir {} + 2>/dev/null || true
		[ -d "$mount$top" ] || break
		sleep 0.02
	done
	if [ -e "$bpffs" ] || [ -e "$run_dir" ]; then
		echo "LEFT: ${0##*/e2e/}: $(find "$bpffs" "$run_dir" 2>/dev/null | head -5 | tr '\n' ' ')" >&2
		[ "$status" != 0 ] || status=1
		rm -rf "$bpffs"
	fi
	rm -rf "$tmp"
	exit "$status"
}

mkdir "$mount$top" "$mount$top/self"
trap clean_up EXIT
trap 'exit 143' TERM INT HUP
echo $$ >"$mount$top/self/cgroup.procs"
"$probe" loopback

# ---- doing ----

EG() {
	"$egressctl" --bpffs "$bpffs" --run-dir "$run_dir" "$@"
}

new_cgroup() { # NAME...: below $top
	for name; do mkdir "$mount$top/$name"; done
}

# Runs a command in $top/NAME.
in_cgroup() { # NAME COMMAND...
	(echo "$BASHPID" >"$mount$top/$1/cgroup.procs" && exec "${@:2}")
}

# A process that stays in $top/NAME; its id is in $pid.
settle_in() { # NAME
	sleep 60 &
	pid=$!
	disown
	children+=("$pid")
	echo "$pid" >"$mount$top/$1/cgroup.procs"
}

listen() { # tcp|udp HOST PORT
	"$probe" listen "$@" 60 >"$tmp/ready-$2-$3" &
	children+=($!)
	disown
	until [ -s "$tmp/ready-$2-$3" ]; do
		kill -0 $! || fail "no listener on $2 $3"
		sleep 0.01
	done
}

# Writes $tmp/NAME.ini: a policy that denies by default, with the cgroups that are named ($top/CGROUP),
# and more text from the standard input if there is any.
policy() { # NAME [CGROUP...]
	{
		printf '[policy]\nname = %s\ndefault = deny\n' "$1"
		for name in "${@:2}"; do printf 'cgroup = %s\n' "$top/$name"; done
		cat
	} >"$tmp/$1.ini"
}

# ---- expecting ----

# What the last command said is in $tmp/out and $tmp/err.
expect_status() { # STATUS COMMAND...
	local want=$1 got=0
	shift
	"$@" >"$tmp/out" 2>"$tmp/err" || got=$?
	[ "$got" = "$want" ] || said "'$*' ended with $got instead of $want"
}

said() {
	echo "--- stdout"
	cat "$tmp/out"
	echo "--- stderr"
	cat "$tmp/err"
	echo "---"
	fail "$*"
} >&2

expect_out() { # REGEX...
	for regex; do grep -Eq -- "$regex" "$tmp/out" || said "no '$regex' in the output"; done
}

expect_err() { # REGEX...
	for regex; do grep -Eq -- "$regex" "$tmp/err" || said "no '$regex' in the messages"; done
}

expect_no_err() { # REGEX...
	for regex; do ! grep -Eq -- "$regex" "$tmp/err" || said "'$regex' in the messages"; done
}

expect_quiet() {
	[ ! -s "$tmp/err" ] || said "there are messages"
}

# One JSON object, and the filter gives true.
expect_json() { # FILTER...
	jq -e -s 'length == 1 and .[0].schema == 1' "$tmp/out" >"$tmp/jq" 2>&1 || said "not one object of schema 1"
	for filter; do jq -e "$filter" "$tmp/out" >"$tmp/jq" 2>&1 || said "not true: $filter"; done
}

expect() { # COMMAND...: succeeds
	"$@" || fail "not so: $*"
}

allowed() { # CGROUP tcp|udp|sendto HOST PORT
	expect_status 0 in_cgroup "$1" "$probe" "${@:2}"
}

denied() { # CGROUP tcp|udp|sendto HOST PORT
	expect_status 4 in_cgroup "$1" "$probe" "${@:2}"
	expect_out 'EACCES'
}

# No pins, no texts: as if the program had never run.
expect_nothing_left() {
	[ ! -e "$bpffs" ] || fail "left: $(find "$bpffs" | tr '\n' ' ')"
	[ ! -e "$run_dir" ] || fail "left: $(find "$run_dir" | tr '\n' ' ')"
}
