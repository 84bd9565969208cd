# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a b
policy web a <<<'[allow x]'$'\n''to = 127.0.0.2'
policy other <<<'[allow y]'$'\n''to = 127.0.0.3'
expect_status 0 EG apply "$tmp/web.ini" "$tmp/other.ini"

# Neither policy lets 127.0.0.4 through: while they are swapped nothing does.
cat >"$tmp/fire" <<'END'
echo "$BASHPID" >"$1/cgroup.procs"
while [ ! -e "$2/stop" ]; do
	"$3" udp 127.0.0.4 53
	echo $? >>"$2/fired"
done >/dev/null
END
bash "$tmp/fire" "$mount$top/a" "$tmp" "$probe" &
fire=$!
until [ -s "$tmp/fired" ]; do sleep 0.01; done

expect_status 0 EG attach other --cgroup "$top/a" --replace
denied a udp 127.0.0.2 53
allowed a udp 127.0.0.3 53
for _ in 1 2 3 4 5; do
	expect_status 0 EG apply --replace "$tmp/web.ini"
	allowed a udp 127.0.0.2 53
	expect_status 0 EG attach other --cgroup "$top/a" --replace
	allowed a udp 127.0.0.3 53
done
touch "$tmp/stop"
wait "$fire"
[ "$(sort -u "$tmp/fired")" = 4 ] || fail "a connect got through a swap: $(sort "$tmp/fired" | uniq -c | tr '\n' ' ')"

# The policy that lost its cgroup stays loaded.
expect_status 0 EG --json show web
expect_json '.cgroups == []'
expect_status 0 EG --json show other
expect_json ".cgroups[0].cgroup == \"$top/a\""
