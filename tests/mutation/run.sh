#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Puts faults into copies of the tree, one at a time (faults.sh), and sees that the proof catches each: the tables
# against the naive evaluator, or the kernel against it. A fault that survives is a hole in the tests.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
jobs=$(nproc)
wanted=()
names=() tests=() files=() olds=() news=()

usage() {
	cat <<END
usage: run.sh [--jobs N] [--list] [NAME...]

Needs root for the faults that only the kernel test catches. Exit: 0 all caught, 1 not, 2 usage.
END
}

fault() { # NAME TEST FILE OLD NEW
	names+=("$1")
	tests+=("$2")
	files+=("$3")
	olds+=("$4")
	news+=("$5")
}

target_of() { # TEST
	case $1 in
	random | intern) echo "unit_policy_test_$1" ;;
	kernel) echo kernel_differential ;;
	esac
}

is_wanted() { # NAME
	local name
	[ ${#wanted[@]} -gt 0 ] || return 0
	for name in "${wanted[@]}"; do
		[ "$name" != "$1" ] || return 0
	done
	return 1
}

# Each worker has a tree and a build of its own, without what mutants do not need.
make_tree() { # DIRECTORY
	mkdir -p "$1/src"
	(cd "$root" && cp -a CMakeLists.txt bpf ctl include tests "$1/src/")
	rm -rf "$1"/src/tests/mutation
	cmake -S "$1/src" -B "$1/build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS=-O1 -DEG_SANITIZE=OFF \
		>"$1/log" 2>&1 || { cat "$1/log"; return 1; }
	build "$1" unit_policy_test_random unit_policy_test_intern kernel_differential egressctl ||
		{ tail -n 30 "$1/log"; return 1; }
}

build() { # DIRECTORY TARGET...
	local dir=$1
	shift
	ninja -C "$dir/build" -j 2 "$@" >"$dir/log" 2>&1
}

# The file with the fault, or false if the place for it is not there exactly once.
mutate() { # FILE OLD NEW
	local text without
	text=$(cat "$1" && echo x)
	text=${text%x}
	without=${text//"$2"/}
	[ $((${#text} - ${#without})) -eq ${#2} ] || return 1
	printf %s "${text/"$2"/"$3"}" >"$1"
}

# Says how it ended. A test fails for the right reason when it disagrees, or finds what cannot be.
run_test() { # DIRECTORY TEST
	local dir=$1 status=0
	(cd "$dir/src/tests/unit/policy" && ASAN_OPTIONS=detect_leaks=0 EG_TEST_BRIEF=1 \
		timeout 120 "$dir/build/$(target_of "$2")") >"$dir/log" 2>&1 || status=$?
	if [ $status -eq 0 ]; then
		echo "survives"
	elif [ $status -eq 124 ]; then
		echo "the test does not end"
	elif [ "$2" != kernel ] || grep -q "the kernel disagrees" "$dir/log"; then
		echo "caught"
	else
		echo "fails otherwise: $(grep -m 1 '^# .*:' "$dir/log")"
	fi
}

try_fault() { # DIRECTORY INDEX: one line of TAP
	local dir=$1 i=$2 file began=$SECONDS how=
	file=$dir/src/${files[i]}
	cp "$file" "$dir/original"
	if ! mutate "$file" "${olds[i]}" "${news[i]}"; then
		how="does not apply to ${files[i]}"
	elif [ "${tests[i]}" = kernel ] && ! build "$dir" egressctl kernel_differential; then
		how="does not build: $(grep -m 1 error: "$dir/log")"
	elif [ "${tests[i]}" != kernel ] && ! build "$dir" "$(target_of "${tests[i]}")"; then
		how="does not build: $(grep -m 1 error: "$dir/log")"
	else
		how=$(run_test "$dir" "${tests[i]}")
	fi
	cp "$dir/original" "$file"
	if [ "$how" = caught ]; then
		echo "ok - ${names[i]} ($((SECONDS - began)) s)"
	else
		echo "not ok - ${names[i]}: $how"
	fi
}

# Every so-manieth of the faults that are wanted, so that the slow ones, which stand together, are shared.
work() { # DIRECTORY NUMBER
	local i turn=0
	make_tree "$1" || { echo "not ok - the tree does not build"; return; }
	for i in "${!names[@]}"; do
		is_wanted "${names[i]}" || continue
		[ $((turn++ % jobs)) -ne "$2" ] || try_fault "$1" "$i"
	done
}

main() {
	local n began=$SECONDS
	while [ $# -gt 0 ]; do
		case $1 in
		--jobs) jobs=$2 && shift ;;
		--list) printf '%s\n' "${names[@]}" && exit ;;
		-h | --help) usage && exit ;;
		-*) usage >&2 && exit 2 ;;
		*) wanted+=("$1") ;;
		esac
		shift
	done
	dir=$(mktemp -d "${TMPDIR:-/tmp}/egressctl-mutation-XXXXXX")
	trap 'rm -rf "$dir"' EXIT
	for ((n = 0; n < jobs; n++)); do
		work "$dir/$n" $n &
	done | tee "$dir/results"
	wait
	echo "# $(grep -c '^ok' "$dir/results") of $(grep -c . "$dir/results") faults caught in $((SECONDS - began)) s"
	grep -q '^ok' "$dir/results" && ! grep -q '^not ok' "$dir/results"
}

# shellcheck source=tests/mutation/faults.sh
. "$here/faults.sh"
main "$@"
