#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Runs every benchmark of a build and prints all rows. Needs root; leaves nothing behind.
set -eu

if [ $# -lt 1 ] || [ ! -d "$1" ]; then
	echo "usage: run.sh BUILD_DIR [--quick] [--check] [--only TEXT] [--against FILE]" >&2
	exit 2
fi
build=$(cd "$1" && pwd)
shift

status=0
found=0
for bench in "$build"/bench_*; do
	[ -x "$bench" ] || continue
	found=1
	echo "# $(basename "$bench") on $(uname -r), $(nproc) CPUs, load $(cut -d' ' -f1 /proc/loadavg)"
	"$bench" "$@" || status=$?
done
if [ "$found" = 0 ]; then
	echo "run.sh: no bench_* in '$build'" >&2
	exit 2
fi
exit "$status"
