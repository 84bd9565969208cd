# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

expect_status 0 EG version
expect_quiet
expect_out '^egressctl: [0-9]+\.[0-9]+\.[0-9]+' '^abi: [0-9]+$' '^programs: [0-9a-f]{16}$'
expect_status 0 EG version --json
expect_json '.egressctl | test("^[0-9]+[.][0-9]+[.][0-9]+")' '.abi >= 1' '.programs | test("^[0-9a-f]{16}$")'
expect_nothing_left
