#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Boots Debian's kernels in qemu and runs our kernel tests in them.
#
#   fetch.sh      a kernel's packages      -> vmlinuz and modules, in a cache
#   initramfs.sh  busybox, modules, tests  -> initramfs.cpio
#   init          PID 1 of the guest: runs each test, marks where it starts and ends
#   judge.awk     what the guest wrote     -> TAP, counts, verdict
#
# Nothing counts as passed unless the guest said so and lived to the end.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kernels="5.10 6.1"
jobs=2
cpus=1
guest_timeout=600
test_timeout=120
build=

usage() {
	cat <<END
usage: run.sh [--kernels "5.10 6.1"] [--timeout SECONDS] [--test-timeout SECONDS] [--jobs N] [--cpus N] BUILD_DIR

Runs BUILD_DIR/static/{test_kernel_*,kernel_*} on each kernel: 5.10 6.1 6.12 7.x
The other programs there (egressctl) are in the guest's PATH.
  --timeout        for everything on one kernel (default $guest_timeout)
  --test-timeout   for one test binary (default $test_timeout)
  --jobs           kernels at a time (default $jobs)
  --cpus           of a guest (default $cpus)
Logs stay in BUILD_DIR/matrix/KERNEL. Exit: 0 all passed, 1 something failed, 2 usage.
Environment: EG_MATRIX_CACHE   directory for packages (default \${XDG_CACHE_HOME:-/var/cache}/egressctl-matrix)
             EG_MATRIX_MIRROR  Debian mirror (default: the one of this system's apt sources)
END
}

usage_error() {
	echo "matrix: $1" >&2
	usage >&2
	exit 2
}

parse_options() {
	while [ $# -gt 0 ]; do
		case $1 in
		-h | --help) usage && exit 0 ;;
		--kernels | --timeout | --test-timeout | --jobs | --cpus)
			[ $# -gt 1 ] || usage_error "'$1' needs a value"
			set_option "$1" "$2"
			shift ;;
		-*) usage_error "unknown option '$1'" ;;
		*) [ -z "$build" ] || usage_error "more than one BUILD_DIR"
			build=$1 ;;
		esac
		shift
	done
	[ -n "$build" ] || usage_error "BUILD_DIR is missing"
	[ -d "$build" ] || usage_error "'$build' is not a directory"
	build=$(cd "$build" && pwd)
}

set_option() {
	if [ "$1" = --kernels ]; then
		set_kernels "$2"
		return
	fi
	case $2 in
	'' | 0* | *[!0-9]*) usage_error "'$2' is not a positive number for $1" ;;
	esac
	case $1 in
	--timeout) guest_timeout=$2 ;;
	--test-timeout) test_timeout=$2 ;;
	--jobs) jobs=$2 ;;
	--cpus) cpus=$2 ;;
	esac
}

set_kernels() {
	local kernel
	kernels=
	for kernel in $1; do
		"$here/fetch.sh" --knows "$kernel" || usage_error "unknown kernel '$kernel'"
		case " $kernels " in
		*" $kernel "*) ;;
		*) kernels="${kernels:+$kernels }$kernel" ;;
		esac
	done
	[ -n "$kernels" ] || usage_error "--kernels names none"
}

need() { # TOOL PACKAGE
	command -v "$1" >/dev/null && return
	echo "matrix: $1 not found: install $2" >&2
	exit 1
}

check_tools() {
	need qemu-system-x86_64 qemu-system-x86
	need busybox busybox-static
	need cpio cpio
	need apt-get apt
	need dpkg-deb dpkg
	need flock util-linux
	if ldd "$(command -v busybox)" >/dev/null 2>&1; then
		echo "matrix: busybox is not static: install busybox-static" >&2
		exit 1
	fi
}

programs() { # GLOB...: those of them that can be run
	local file
	for file in "$@"; do
		if [ -f "$file" ] && [ -x "$file" ]; then
			echo "$file"
		fi
	done
}

# Leaves console.log (the kernel's), tap.log (the tests') and qemu.log in $dir, and sets $ending.
# Not "quiet": it would hide warnings. Unknown NAME=VALUE words become init's environment.
# no_timer_check: on a busy host the timer test at boot panics.
# Two of qemu's emulations are broken in ways that crash sound kernels (qemu 7.2, measured):
#   thread=single  with threads, a CPU runs a stale int3 of a static key that another has just patched:
#                  attaching to a cgroup while others connect is enough. Here the CPUs take turns
#                  of 100 ms, which makes each wait for the other long: hence one CPU by default.
#   -cx16          cmpxchg16b leaves garbage in EFLAGS, which the next interrupt's return loads:
#                  a quarter of the boots of 6.12. Without it the kernel uses locks.
boot() {
	local status=0
	timeout -k 5 "$guest_timeout" qemu-system-x86_64 \
		-cpu qemu64,-cx16 -accel tcg,thread=single -m 1024 -smp "$cpus" \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$kernel_dir/vmlinuz" -initrd "$dir/initramfs.cpio" \
		-append "console=ttyS0 loglevel=5 panic=-1 oops=panic no_timer_check EG_TEST_TIMEOUT=$test_timeout" \
		-serial "file:$dir/console.log" -serial "file:$dir/tap.log" \
		</dev/null >"$dir/qemu.log" 2>&1 &
	guest=$!
	wait "$guest" || status=$?
	case $status in
	0) ending="powered off" ;;
	124 | 137) ending="stopped after $guest_timeout s" ;;
	*) ending="qemu failed: $(tail -n 1 "$dir/qemu.log")" ;;
	esac
}

could_not() { # WHAT WHY
	echo "[$kernel] not ok - $1: $2"
	echo "[$kernel] 0 passed, 1 failed, 0 skipped"
	echo "0 1 0" >"$dir/counts"
}

last_line() {
	tail -n 1 "$1" | sed 's/^[^:]*\.sh: //'
}

# Everything about one kernel; a job of its own. Prints the report, leaves the numbers in $dir/counts.
run_kernel() {
	local names
	kernel=$1 dir=$build/matrix/$1 guest=
	trap '[ -z "$guest" ] || kill "$guest" 2>/dev/null; exit 143' TERM

	if ! kernel_dir=$("$here/fetch.sh" "$kernel" 2>"$dir/fetch.log"); then
		could_not "fetch the kernel" "$(last_line "$dir/fetch.log")"
		return
	fi
	if ! "$here/initramfs.sh" "$kernel_dir" "$dir/initramfs.cpio" "${binaries[@]}" 2>"$dir/initramfs.log"; then
		could_not "build the initramfs" "$(last_line "$dir/initramfs.log")"
		return
	fi
	boot
	touch "$dir/tap.log" "$dir/console.log"
	names=$(basename -a "${tests[@]}" | tr '\n' ' ')
	awk -v kernel="$kernel" -v expected="$names" -v ending="$ending" -v limit="$test_timeout" \
		-v counts="$dir/counts" -f "$here/judge.awk" \
		channel=tap "$dir/tap.log" channel=console "$dir/console.log"
}

start_all() {
	local kernel dir
	for kernel in $kernels; do
		dir=$build/matrix/$kernel
		rm -rf "$dir"
		mkdir -p "$dir"
		while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
			wait -n || :
		done
		run_kernel "$kernel" >"$dir/report" 2>&1 &
		pids[$kernel]=$!
	done
}

# In the order asked for, each as soon as it and those before it are done.
report_all() {
	local kernel dir passed failed skipped all_passed=0 all_failed=0 all_skipped=0
	for kernel in $kernels; do
		dir=$build/matrix/$kernel
		wait "${pids[$kernel]}" || :
		cat "$dir/report"
		[ -s "$dir/counts" ] || could_not "judge this kernel" "its job died"
		read -r passed failed skipped <"$dir/counts"
		all_passed=$((all_passed + passed))
		all_failed=$((all_failed + failed))
		all_skipped=$((all_skipped + skipped))
	done
	echo "matrix: $all_passed passed, $all_failed failed, $all_skipped skipped"
	[ "$all_failed" -eq 0 ] && [ "$all_passed" -gt 0 ]
}

main() {
	parse_options "$@"
	check_tools
	mapfile -t tests < <(programs "$build"/static/{test_kernel_,kernel_}*)
	if [ ${#tests[@]} -eq 0 ]; then
		echo "matrix: no test in '$build/static': build the static kernel tests first" >&2
		exit 1
	fi
	mapfile -t binaries < <(programs "$build"/static/*)

	declare -A pids
	trap 'exit 143' INT TERM
	trap 'kill $(jobs -rp) 2>/dev/null || :' EXIT
	start_all
	report_all
}

main "$@"
