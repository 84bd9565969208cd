#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# selftest.sh [--kernels "6.1"]: proves that run.sh judges guests rightly: above all, that no failing,
# hanging or panicking guest, and none without tests, comes out green. Prints TAP.
# --kernels: where to prove, beside, that the guests have what our tests build on (selftest/environment.c).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kernels=6.1
[ "${1:-}" != --kernels ] || kernels=$2
number=0
failures=0

build() { # BEHAVIOUR...: a build directory of its own, as $dir
	local behaviour
	dir=$(mktemp -d "$work/build.XXXXXX")
	mkdir "$dir/static"
	for behaviour in "$@"; do
		cp "$work/behave" "$dir/static/test_kernel_$behaviour"
	done
}

# expect WHAT STATUS LINE... -- OPTION...: run.sh on $dir must end so, and print each LINE somewhere
expect() {
	local what=$1 expected=$2 status=0 problem='' lines=()
	shift 2
	while [ "$1" != -- ]; do
		lines+=("$1")
		shift
	done
	shift
	"$here/run.sh" "$@" "$dir" >"$dir/output" 2>&1 || status=$?

	[ "$status" -eq "$expected" ] || problem="exit status $status, expected $expected"
	local line
	for line in "${lines[@]}"; do
		grep -qF -e "$line" "$dir/output" || problem="${problem:+$problem; }no line '$line'"
	done
	tell "$what" "$problem"
}

fake_qemu() { # COMMANDS
	printf '#!/bin/sh\n%s\n' "$1" >"$work/bin/qemu-system-x86_64"
	chmod +x "$work/bin/qemu-system-x86_64"
}

tell() { # WHAT PROBLEM
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
		return
	fi
	failures=$((failures + 1))
	echo "not ok $number - $1"
	echo "# $2"
	sed 's/^/# | /' "$dir/output"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
PATH=$work/bin:$PATH
cc=${CC:-cc}
"$cc" -O1 -Wall -Wextra -Werror -static -o "$work/behave" "$here/selftest/behave.c"
"$cc" -O1 -Wall -Wextra -Werror -static -o "$work/environment" "$here/selftest/environment.c"

build
cp "$work/environment" "$dir/static/kernel_environment"
expect "guests have what our tests build on ($kernels)" 0 " 0 failed, 0 skipped" -- --kernels "$kernels"

build pass skip
expect "passed and skipped tests are green" 0 "matrix: 1 passed, 0 failed, 2 skipped" -- --kernels 6.1

build fail lie silent cut crash pass
expect "each kind of failing test is red" 1 \
	"[6.1] test_kernel_fail: not ok 2 - fails" \
	"[6.1] test_kernel_lie: not ok 1 - fails with exit status 0" \
	"[6.1] not ok - test_kernel_silent: ran no test" \
	"[6.1] not ok - test_kernel_cut: planned 3 tests, ran 1" \
	"[6.1] not ok - test_kernel_crash: exit status 134" \
	"matrix: 4 passed, 5 failed, 0 skipped" -- --kernels 6.1

build hang pass
expect "a test that hangs is killed, is red, and the others run" 1 \
	"[6.1] not ok - test_kernel_hang: killed, ran longer than 3 s" \
	"matrix: 1 passed, 1 failed, 0 skipped" -- --kernels 6.1 --test-timeout 3

build hang pass
expect "a guest that hangs is stopped and red" 1 \
	"[6.1] not ok - test_kernel_hang: did not end" \
	"[6.1] not ok - test_kernel_pass: never ran" \
	"[6.1] not ok - the guest: stopped after 15 s" \
	"matrix: 0 passed, 3 failed, 0 skipped" -- --kernels 6.1 --timeout 15

build pass
fake_qemu 'exec sleep 60'
expect "a guest that does not boot is red" 1 \
	"[6.1] not ok - test_kernel_pass: never ran" \
	"[6.1] not ok - the guest did not boot (stopped after 1 s)" -- --kernels 6.1 --timeout 1
fake_qemu 'echo "no such machine" >&2; exit 1'
expect "a qemu that fails is red" 1 \
	"[6.1] not ok - the guest did not boot (qemu failed: no such machine)" -- --kernels 6.1
rm "$work/bin/qemu-system-x86_64"

build panic pass
expect "a kernel panic is red, and what ran before it is kept" 1 \
	"[6.1] test_kernel_panic: ok 1 - passes before the panic" \
	"[6.1] not ok - test_kernel_panic: did not end" \
	"[6.1] not ok - test_kernel_pass: never ran" \
	"[6.1] not ok - the kernel complained: " \
	"Kernel panic - not syncing: sysrq triggered crash" \
	"matrix: 1 passed, 3 failed, 0 skipped" -- --kernels 6.1

build warn
expect "a kernel warning is red though all tests pass" 1 \
	"[6.1] not ok - the kernel complained: " \
	"matrix: 1 passed, 1 failed, 0 skipped" -- --kernels 6.1

build leave leave_wait
expect "what a test leaves running does not meet the next" 0 \
	"matrix: 2 passed, 0 failed, 0 skipped" -- --kernels 6.1

build skip
expect "nothing but skipped tests is red" 1 "[6.1] not ok - every test was skipped" -- --kernels 6.1

build
expect "no test binary at all is red" 1 "matrix: no test in " -- --kernels 6.1

build pass
expect "an unknown kernel is refused" 2 "matrix: unknown kernel '9.9'" -- --kernels 9.9

export EG_MATRIX_CACHE=$work/cache EG_MATRIX_MIRROR=file:$work/no-mirror
expect "a kernel that cannot be had is red" 1 \
	"[5.10] not ok - fetch the kernel: suite bullseye cannot be had from the mirror" \
	"matrix: 0 passed, 1 failed, 0 skipped" -- --kernels 5.10

mkdir -p "$work/no-mirror/dists/bullseye/main/binary-amd64"
: >"$work/no-mirror/dists/bullseye/main/binary-amd64/Packages"
echo "Suite: bullseye" >"$work/no-mirror/dists/bullseye/Release"
expect "a mirror without a signature is refused" 1 \
	"[5.10] not ok - fetch the kernel: suite bullseye cannot be had from the mirror" -- --kernels 5.10
grep -q "is not signed" "$dir/matrix/5.10/fetch.log" || tell "apt says that it is not signed" "it did not"

echo "1..$number"
[ "$failures" -eq 0 ]
