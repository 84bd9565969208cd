#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What every file keeps: its licence, a size that one can read, functions of a page at most, nothing put off.
set -eu
cd "$1"
bad=0

complain() {
	printf '%s\n' "$*"
	bad=1
}

# every file that git knows, or would
files=$(git ls-files -co --exclude-standard 2>/dev/null || find . -type f -not -path './.git/*' -printf '%P\n')

for file in $files; do
	[ -f "$file" ] || continue
	case $file in
	*.[ch] | *.sh | *.cmake | CMakeLists.txt | *.awk)
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause' ||
			complain "$file: no SPDX line"
		;;
	esac
	case $file in
	ctl/*.[ch] | bpf/*.[ch] | include/*.h) most=600 ;;
	tests/*.[ch]) most=850 ;; # a topic a file, and a test says in full what it does
	*) continue ;;
	esac
	lines=$(wc -l <"$file")
	[ "$lines" -le $most ] || complain "$file: $lines lines, more than $most"
done

# Functions: from the line of the opening brace to the closing one, both in the first column.
find ctl bpf include tests -name '*.[ch]' -exec awk '
	FNR == 1 { start = 0 }
	/^[{]$/ { start = FNR }
	/^[}]/ && start {
		lines = FNR - start - 1
		if (lines > 80)
			print FILENAME ":" start ": a function of " lines " lines, more than 80"
		start = 0
	}
' {} + | grep . && bad=1

grep -rnE '\b(TODO|FIXME|XXX)\b' ctl bpf include tests --include='*.[ch]' --include='*.sh' | grep -v ^tests/style/ && complain "no TODO in place of a feature"
exit $bad
