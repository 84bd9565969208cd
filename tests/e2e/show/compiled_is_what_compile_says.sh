# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

# What is in force, read back from the kernel, is what "compile" says of the file, but for the first line.
same() { # NAME FILE
	expect_status 0 EG compile "$2"
	cp "$tmp/out" "$tmp/compiled"
	expect_status 0 EG show "$1" --compiled
	expect_quiet
	head -1 "$tmp/out" | grep -Eqx "policy $1, generation [0-9]+ in force" || said "the first line does not name the generation"
	diff <(tail -n +2 "$tmp/compiled") <(tail -n +2 "$tmp/out") || fail "'$2' is in force otherwise"
	EG compile "$2" --json | jq -c 'del(.policy, .file)' >"$tmp/compiled"
	EG show "$1" --compiled --json | jq -c 'del(.policy, .generation)' >"$tmp/out"
	cmp "$tmp/compiled" "$tmp/out" || fail "'$2' is in force otherwise, as JSON"
}

# Hosts alone, lengths alone, many lengths: in hashes, in tries, in both. Vetoes, none, one answer for all.
policy hosts <<END
[allow hosts]
to = $(for i in {1..99}; do printf '192.0.2.%d,\n  ' "$i"; done) 2001:db8::1, 2001:db8::2
[deny one]
to   = 192.0.2.7
port = 25
END
policy mixed <<END
[allow nets]
to = $(for i in {8..31}; do printf '10.0.0.0/%d,\n  10.64.%d.1,\n  10.65.%d.1,\n  2001:db8::/%d,\n  ' "$i" "$i" "$i" "$((i + 24))"; done) 2001:db8::7
except = 10.0.0.0/28
[allow web]
to = any
port = 80-90, 443
except = 10.64.0.0/16, 64:ff9b::a40:0/112
[deny one]
to = 198.51.100.1
[allow sets]
to = @private
proto = udp
END
policy open <<END
[allow all]
to = any
END
policy none <<<''
expect_status 0 EG apply "$tmp/hosts.ini" "$tmp/mixed.ini" "$tmp/open.ini" "$tmp/none.ini" "$source_dir/policies/ci.ini"
for name in hosts mixed open none; do same "$name" "$tmp/$name.ini"; done
expect_status 0 EG show mixed --compiled
expect_out '^  under veto 4-[0-9]+: ' '^  casts veto 6-[0-9]+$'
same ci "$source_dir/policies/ci.ini"

# Rules that stay keep their counters, which are then no longer in the order of the rules.
sed -i 's/^\[deny one\]/[deny first]\nto = 192.0.2.8\n[deny one]/' "$tmp/hosts.ini"
expect_status 0 EG apply "$tmp/hosts.ini"
same hosts "$tmp/hosts.ini"
sed -i 's/192\.0\.2\.8$/192.0.2.9/' "$tmp/hosts.ini"
expect_status 0 EG compile "$tmp/hosts.ini"
cp "$tmp/out" "$tmp/compiled"
expect_status 0 EG show hosts --compiled
! cmp -s <(tail -n +2 "$tmp/compiled") <(tail -n +2 "$tmp/out") || fail "what is not in force yet is shown"

# Without the saved text the rules are named, and the tables are the same.
rm "$run_dir"/ci-*.ini
expect_status 0 EG show ci --compiled
expect_err 'note: the rules are named without their text'
expect_out '^ +[0-9]+  \[deny metadata\]$' '^  169\.254\.169\.254 +deny metadata '
expect_status 1 EG show nope --compiled
expect_err "no policy 'nope'"
