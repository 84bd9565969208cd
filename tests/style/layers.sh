#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The law of the layers: include <- base <- policy <- { kernel | net } <- engine <- cmd.
# A file includes only from its own layer and from those to the left; libraries stay in their layer.
set -eu
cd "$1"
bad=0

complain() {
	printf '%s\n' "$*"
	bad=1
}

allowed() {
	case $1 in
	base) echo "base egress" ;;
	policy) echo "base policy egress" ;;
	kernel) echo "base policy kernel egress" ;;
	net) echo "base policy net egress" ;;
	engine) echo "base policy kernel net engine egress" ;;
	cmd) echo "base policy kernel net engine cmd egress" ;;
	esac
}

for layer in base policy kernel net engine cmd; do
	for file in ctl/$layer/*.[ch]; do
		[ -e "$file" ] || continue
		while read -r included; do
			case $included in
			egress.skel.h) [ $layer = kernel ] || complain "$file: only kernel/ may include the skeleton" ;;
			*/*) case " $(allowed $layer) " in
				*" ${included%%/*} "*) ;;
				*) complain "$file: $layer may not include '$included'" ;;
				esac ;;
			*) complain "$file: '$included' lacks its folder" ;;
			esac
		done < <(sed -nE 's/^#include "([^"]+)".*/\1/p' "$file")
	done
done

only() { # LAYERS PATTERN WHAT
	grep -lE "$2" ctl/*/*.[ch] ctl/*.c | while read -r file; do
		layer=${file#ctl/}
		case " $1 " in
		*" ${layer%%/*} "*) ;;
		*) echo "$file: $3" ;;
		esac
	done
}
found=$(
	only "kernel engine" '#include <bpf/' 'libbpf is for kernel/ and engine/'
	only "net" '#include <netlink/' 'libnl is for net/'
	only "policy" '#include <ini.h>' 'inih is for policy/'
	only "cmd egressctl.c base" '(^|[^a-z_])(printf|puts)\(' 'nothing prints below cmd/'
)
[ -z "$found" ] || complain "$found"

for file in bpf/*.[ch]; do
	sed -nE 's/^#include "([^"]+)".*/\1/p' "$file" | grep -vE '^(egress/|[a-z]+\.h$)' | grep . && complain "$file: bpf/ sees only include/"
done
for file in include/egress/*.h; do
	sed -nE 's/^#include "([^"]+)".*/\1/p' "$file" | grep -v '^egress/' | grep . && complain "$file: include/ sees only itself"
done
exit $bad
