# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

# Each under a policy of its own name, or of the same name, at the same time.
for i in {1..16}; do
	policy "p$i" <<<"[allow x]"$'\n'"to = 127.0.1.$i"
	sed 's/^name.*/name = same/' "$tmp/p$i.ini" >"$tmp/q$i.ini"
done
pids=()
for i in {1..16}; do
	for kind in p q; do
		EG run --policy "$tmp/$kind$i.ini" -- sh -c "
			'$probe' udp 127.0.1.$i 53 && '$probe' udp 127.0.2.$i 53; [ \$? = 4 ] || exit 1
			exit $i" >"$tmp/out-$kind$i" 2>&1 &
		pids+=($!)
	done
done
for k in "${!pids[@]}"; do
	status=0
	wait "${pids[$k]}" || status=$?
	[ "$status" = $((k / 2 + 1)) ] || fail "number $k ended with $status: $(cat "$tmp"/out-?$((k / 2 + 1)))"
done
expect_nothing_left
[ -z "$(find "$mount$top/self" -mindepth 1 -type d)" ] || fail "cgroups are left"
