#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What every file keeps: its licence, its size, names that give the file away, functions one can read.
set -eu
cd "$1"
bad=0

complain() {
	printf '%s\n' "$*"
	bad=1
}

# every file that git knows, or would
files=$(git ls-files -co --exclude-standard 2>/dev/null || find . -type f -not -path './.git/*')

for file in $files; do
	[ -f "$file" ] || continue
	case $file in
	*.[ch] | *.sh | *.cmake | CMakeLists.txt | *.awk)
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause' ||
			complain "$file: no SPDX line"
		;;
	esac
	case $file in
	ctl/*.[ch] | bpf/*.[ch] | include/*.h)
		lines=$(wc -l <"$file")
		[ "$lines" -le 600 ] || complain "$file: $lines lines, more than 600"
		;;
	esac
done

# Functions: from the line of the opening brace to the closing one, both in the first column.
for file in ctl/*.c ctl/*/*.c bpf/*.[ch] include/egress/*.h; do
	awk -v file="$file" '
		/^[{]$/ { start = NR }
		/^[}]/ && start { if (NR - start - 1 > 80) { print file ":" start ": a function of " NR - start - 1 " lines"; bad = 1 } start = 0 }
		END { exit bad }
	' "$file" || bad=1
done

# Public functions carry the name of their file: eg_<file>_<verb>; headers that serve several say so here.
for file in ctl/kernel/*.h ctl/engine/*.h; do
	name=$(basename "$file" .h)
	case $name in
	links | slots | fill | bpffs | features | runtime | tablemaps | generation | texts | place | child) ;;
	*) continue ;;
	esac
	grep -oE '^[a-z].*\b(eg_[a-z0-9_]+)\(' "$file" | grep -v '^static' | grep -oE 'eg_[a-z0-9_]+\(' | sort -u |
		grep -v "^eg_${name}_" | sed "s|^|$file: |" | grep . && bad=1
done

grep -rnE '\b(TODO|FIXME|XXX)\b' ctl bpf include tests --include='*.[ch]' --include='*.sh' | grep -v tests/style/ && complain "no TODO in place of a feature"
exit $bad
