# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

chmod 755 "$tmp"
policy web <<<'[allow x]'$'\n''to = 127.0.0.2'

# as OPTION... -- COMMAND...
as() {
	expect_status 0 EG run --policy "$tmp/web.ini" "$@"
	expect_quiet
}

as --user nobody -- id
expect_out "^uid=$(id -u nobody)\(nobody\) gid=$(id -g nobody)\("
as --user nobody -- id -G
[ "$(cat "$tmp/out")" = "$(id -G nobody)" ] || said "not the groups of nobody"
as --user 12345 -- sh -c 'id -u; id -g; id -G'
[ "$(tr '\n' ' ' <"$tmp/out")" = "12345 12345 12345 " ] || said "not user 12345 alone"

as -- grep -E 'CapEff|NoNewPrivs' /proc/self/status
expect_out 'NoNewPrivs:.*0$' 'CapEff:.*[1-9a-f]'
as --no-new-privs -- grep NoNewPrivs /proc/self/status
expect_out 'NoNewPrivs:.*1$'
none='Cap(Inh|Prm|Eff|Bnd|Amb):\s*0000000000000000$'
as --drop-caps -- grep Cap /proc/self/status
[ "$(grep -Ec "$none" "$tmp/out")" = 5 ] || said "a capability is left"
as --user nobody --drop-caps --no-new-privs -- grep -E 'Cap|Uid|NoNewPrivs' /proc/self/status
[ "$(grep -Ec "$none" "$tmp/out")" = 5 ] || said "a capability is left"
expect_out 'NoNewPrivs:.*1$' "Uid:(.$(id -u nobody)){4}"

# Without capabilities it cannot leave its cgroup, and the policy decides as ever.
mkdir "$tmp/bin"
cp "$probe" "$tmp/bin/probe"
expect_status 4 EG run --policy "$tmp/web.ini" --user nobody -- "$tmp/bin/probe" udp 127.0.0.3 53
expect_status 0 EG run --policy "$tmp/web.ini" --user nobody -- "$tmp/bin/probe" udp 127.0.0.2 53
expect_status 1 EG run --policy "$tmp/web.ini" --user nobody -- sh -c "echo \$\$ >'$mount/cgroup.procs' || exit 1"

