# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a
cat >"$tmp/web.ini" <<END
[policy]
default = deny
cgroup  = $top/a

[set net]
address = 10.0.0.0/8, fd00::/8

[allow local]
to = @loopback, @net

[allow dns]
to    = 192.0.2.53
port  = 53
proto = udp

[deny mail]
to   = any
port = 25
[expect]
allow = tcp:127.0.0.1:80
END

# Not loaded: everything is new.
expect_status 0 EG diff "$tmp/web.ini"
expect_quiet
expect_out '^policy: web$' '^loaded: no$' '^changed: yes$' "^attach +$top/a\$" '^default +- +deny$' \
	'^added +allow +local +to +- +@loopback, @net$' '^added +net +address +- +10\.0\.0\.0/8, fd00::/8$'
expect_status 1 EG diff --exit-code "$tmp/web.ini"
expect_quiet
expect_out '^changed: yes$'
expect_nothing_left

# Loaded, and the same: nothing.
expect_status 0 EG apply "$tmp/web.ini"
find "$bpffs" "$run_dir" | sort >"$tmp/before"
expect_status 0 EG diff --exit-code "$tmp/web.ini"
expect_quiet
expect_out '^loaded: yes$' '^generation: 1$' '^changed: no$'
[ "$(wc -l <"$tmp/out")" = 4 ] || said "something would change"

# Neither order nor layout, nor [expect], nor what is the default anyway.
cat >"$tmp/web.ini" <<END
; moved
[deny mail]
port = 25
to = any
[policy]
cgroup = $top/a/
errno  = EACCES
default=deny
[allow dns]
to = 192.0.2.53
proto = udp
port = 53
[allow local]
to = @net
to = @loopback
[set net]
address = fd00::/8,
    10.0.0.0/8
END
expect_status 0 EG diff --exit-code "$tmp/web.ini"
expect_out '^changed: no$'

# What does change: words, rules, sets, settings.
cat >"$tmp/web.ini" <<END
[policy]
default = deny
cgroup  = $top/a
errno   = EPERM

[set net]
address = 10.0.0.0/8, fd01::/16
except  = 10.66.0.0/16

[allow local]
to = @loopback, @net

[allow dns]
to    = 192.0.2.53
port  = 53, 853

[allow mail]
to   = any
port = 25
END
expect_status 1 EG diff --exit-code "$tmp/web.ini"
expect_out '^errno +EACCES +EPERM$' '^changed +allow +dns +port +- +853$' '^changed +allow +dns +proto +udp +-$' \
	'^added +allow +mail +port +- +25$' '^removed +deny +mail +port +25 +-$' '^changed +net +address +fd00::/8 +fd01::/16$'
expect_status 0 EG --json diff "$tmp/web.ini"
expect_json '.changed == true' '.loaded == true' '.settings == [{setting: "errno", from: "EACCES", to: "EPERM"}]' \
	'.cgroups == []' '.tables == []' '.rules == [
	{change: "changed", kind: "allow", rule: "dns", key: "port", removed: [], added: ["853"]},
	{change: "changed", kind: "allow", rule: "dns", key: "proto", removed: ["udp"], added: []},
	{change: "added", kind: "allow", rule: "mail", key: "to", removed: [], added: ["any"]},
	{change: "added", kind: "allow", rule: "mail", key: "port", removed: [], added: ["25"]},
	{change: "removed", kind: "deny", rule: "mail", key: "to", removed: ["any"], added: []},
	{change: "removed", kind: "deny", rule: "mail", key: "port", removed: ["25"], added: []}]' '.sets == [
	{change: "changed", set: "net", key: "address", removed: ["fd00::/8"], added: ["fd01::/16"]},
	{change: "changed", set: "net", key: "except", removed: [], added: ["10.66.0.0/16"]}]'
cp "$tmp/out" "$tmp/first"
expect_status 0 EG --json diff "$tmp/web.ini"
expect cmp -s "$tmp/out" "$tmp/first"

# It only looked; and what is applied is no change any more.
find "$bpffs" "$run_dir" | sort | expect cmp -s - "$tmp/before"
expect_status 0 EG --json show web
expect_json '.generation == 1'
expect_status 0 EG apply "$tmp/web.ini"
expect_status 0 EG diff --exit-code "$tmp/web.ini"
expect_out '^generation: 2$' '^changed: no$'

# A long list is cut for people, and whole in JSON.
sed -i "s/^to = @loopback, @net/&, 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5, 192.0.2.6, 192.0.2.7, 192.0.2.8, 192.0.2.9/" \
	"$tmp/web.ini"
expect_status 0 EG diff "$tmp/web.ini"
expect_out '^changed +allow +local +to +- +192\.0\.2\.1, .*, 192\.0\.2\.8 and 1 more$'
expect_status 0 EG --json diff "$tmp/web.ini"
expect_json '.rules[0].added | length == 9'
