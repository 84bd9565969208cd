#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Every C file is as clang-format writes it. A table that it would spoil says so: "clang-format off: REASON".
set -eu
cd "$1"

mapfile -t files < <(find bpf ctl include tests -name '*.[ch]' | sort)
clang-format --dry-run -Werror "${files[@]}"
! grep -nE 'clang-format off' "${files[@]}" | grep -vE 'clang-format off: .{10}'
