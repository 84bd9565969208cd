#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Public functions have contracts and the names of their files, statics have plain names, libraries keep no state.
set -eu
cd "$1"
build=$2
bad=0

complain() {
	printf '%s\n' "$*"
	bad=1
}

# Parts of a header's functions whose names do not begin with eg_HEADER, and why.
other_names() { # HEADER
	case $1 in
	ctl/base/err.h) echo fail wrap ;;                          # in every other line: as short as can be
	ctl/base/diag.h) echo diags ;;                             # the list of what is a diag each
	ctl/engine/attach.h) echo detach where ;;                  # the way back; what both of them take
	ctl/engine/remove.h) echo gc ;;                            # named as its command
	include/egress/decide.h) echo form row verdict cell ;;     # the steps of one decision, by what they are about
	include/egress/flow.h) echo class ;;                       # of a flow
	esac
}

# LINE NAME CONTRACT of each function of a header: 1 if a comment ends directly above it, or above those that it
# follows without an empty line. What cleanup attributes alone call, eg_..._freep, needs none.
functions() { # HEADER
	awk '
		/^\/\*/ && !depth { comment = 1 }
		comment { comment = !/\*\//; tied = NR > 1; next } # the first line is the licence
		/^#/ || macro { macro = /\\$/; next }
		/^$/ && !depth { tied = 0; next }
		/^[A-Za-z_]/ && text == "" { start = NR }
		!depth { text = text $0 }
		/[;{]/ && !depth {
			if (match(text, /eg_[a-z0-9_]+[(]/) && text !~ /^(typedef|extern) /) {
				name = substr(text, RSTART, RLENGTH - 1)
				print start, name, tied || name ~ /(free|close)[a-z]*p$/
			}
			text = ""
		}
		{ depth += gsub(/[{]/, "{") - gsub(/[}]/, "}") }
	' "$1"
}

# eg_HEADER or eg_HEADER_..., or so with the name of the file beside it that defines the function
named_after_file() { # HEADER NAME
	local file base
	for base in "$(basename "$1" .h)" $(other_names "$1"); do
		case $2 in "eg_$base" | "eg_${base}_"*) return 0 ;; esac
	done
	for file in "${1%/*}"/*.c; do
		base=$(basename "$file" .c)
		case $2 in "eg_$base" | "eg_${base}_"*) grep -qE "^[a-z].*\b$2\(" "$file" && return 0 ;; esac
	done
	return 1
}

for header in ctl/*/*.h include/egress/*.h; do
	while read -r line name contract; do
		[ "$contract" = 1 ] || complain "$header:$line: $name has no contract above it"
		named_after_file "$header" "$name" || complain "$header:$line: $name is not named after its file"
	done < <(functions "$header")
done

# Statics have no prefix; but eg_view_* is what decide.h asks of who includes it.
found=$(grep -rnE --include='*.c' '^static ' ctl tests | sed -E 's/__attribute__\(\([^)]*\)+//; s/[[(=;].*//' |
	grep -E '[ *]eg_[a-z0-9_]+ *$' | grep -vE '[ *]eg_view_[a-z0-9]+$') && complain "$found: a static has no prefix"

# No state in libraries: what is neither code nor constant.
for dir in ctl/*/; do
	layer=$(basename "$dir")
	[ -e "$build/libeg_$layer.a" ] || { complain "libeg_$layer.a is not built"; continue; }
	while read -r name; do
		complain "ctl/$layer: $name is a mutable global"
	done < <(nm -f sysv "$build/libeg_$layer.a" |
		awk -F '|' '$7 ~ /^[.](data|bss|tdata|tbss)/ && $7 !~ /^[.]data[.]rel[.]ro/ || $3 ~ /C/ { print $1 }')
done

# The kernel cuts names of maps and programs after 15 bytes.
names=$(sed -nE 's/.*(maps|progs)\[[0-9]+\]\.name = "([^"]*)".*/\2/p' "$build/bpf/egress.skel.h"
	grep -rhoE --include='*.c' 'bpf_map_create\([^,"]*, "[^"]*"' ctl | cut -d '"' -f 2)
for name in $names; do
	[ ${#name} -le 15 ] || complain "the name of map or program $name is longer than 15 bytes"
done
exit $bad
