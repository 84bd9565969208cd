# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

# 170,000 entries are listed in a moment. The bound is generous: what grows with the square takes minutes.
policy feed <<END
[set feed]
file = feed.txt

[deny feed]
to = @feed
END
awk 'BEGIN { for (i = 0; i < 170000; i++) printf "%d.%d.%d.%d\n", 20 + i / 65536, i / 256 % 256, i % 256, i * 7 % 256 }' >"$tmp/feed.txt"
start=$(date +%s%N)
expect_status 0 EG compile "$tmp/feed.ini"
took=$((($(date +%s%N) - start) / 1000000))
echo "listed in $took ms"
[ "$took" -lt 10000 ] || fail "a listing of 170,000 entries took $took ms"
[ "$(grep -c ' deny feed  ' "$tmp/out")" = 170000 ] || fail "not every entry is listed once"
expect_out '^IPv4: 170001 answers$' '^ +=> everything: 170000 IPv4 answers$'

# Read back from the kernel it is the same.
cp "$tmp/out" "$tmp/compiled"
expect_status 0 EG apply "$tmp/feed.ini"
expect_status 0 EG show feed --compiled
cmp <(tail -n +2 "$tmp/compiled") <(tail -n +2 "$tmp/out") || fail "what is in force is listed otherwise"
