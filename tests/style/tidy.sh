#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# clang-tidy finds nothing, in the BPF programs neither; each check that is left out, in .clang-tidy or at a
# line, is explained there.
set -eu
cd "$1"
build=$2
bad=0

for config in .clang-tidy tests/.clang-tidy; do
	[ -e "$config" ] || continue
	while read -r check; do
		grep -qE "^# ${check//[.*]/\\&}: .{10}" "$config" || { echo "$config: no reason why -$check"; bad=1; }
	done < <(sed -nE 's/^  -([a-z].*[^,]),?$/\1/p' "$config")
done
grep -rnE 'NOLINT' bpf ctl include tests --include='*.[ch]' | grep -vE 'NOLINT(NEXTLINE)?\([a-z][^*)]*\): .{5}' && bad=1

# the large ones first, so that no process is left alone with one
mapfile -t files < <(find bpf ctl tests -name '*.c' -printf '%s %p\n' | sort -rn | cut -d ' ' -f 2)

# Each file once, as the build with fault points has it, since that is all of it; and those that cmake does not know.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jq --arg source "$PWD" --arg system "/usr/include/$(gcc -print-multiarch)" '
	(group_by(.file) | map((map(select(.command | test("-fault[.]dir/"))) + .)[0])) as $built |
	($ARGS.positional - ($built | map(.file | ltrimstr($source + "/")))) as $others |
	$built + ($others | map({ directory: $source, file: "\($source)/\(.)", command: ((
		if startswith("bpf/") then "clang -g -O2 -target bpf -mcpu=v3 -I\($system)" else "cc -std=gnu11 -Wall -Wextra" end
	) + " -I\($source)/include -c \(.)") }))
' --args "${files[@]}" <"$build/compile_commands.json" >"$work/compile_commands.json"

# A process a file: clang-tidy 14 takes every va_list of its second file for uninitialized.
check_one() {
	local found
	found=$(clang-tidy -p "$1" --quiet "$2" 2>&1) || { printf '%s\n' "$found"; return 1; }
}
export -f check_one
printf '%s\0' "${files[@]}" | xargs -0 -P 2 -I '{}' bash -c 'check_one "$@"' - "$work" "$PWD/{}" || bad=1
exit $bad
