# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

mapfile -t hooks < <(sed -n 's/^\tX([A-Z0-9_]*, "\([a-z0-9_]*\)", BPF_.*/\1/p' "$source_dir/ctl/kernel/features.h")
[ ${#hooks[@]} -ge 6 ] || fail "found only ${#hooks[@]} hooks in features.h"
expect_status 0 EG doctor
for hook in "${hooks[@]}"; do
	expect_out "^$hook +ok +[A-Za-z]{3}"
done
expect_out '^connect4 .*IPv4' '^connect6 .*IPv6' '^sendmsg4 .*UDP' '^sock_create .*raw' '^errno .*EACCES'
