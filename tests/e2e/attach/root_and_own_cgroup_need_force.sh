# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

policy web <<<''
policy open <<<''
sed -i 's/deny/allow/' "$tmp/open.ini"
expect_status 0 EG apply "$tmp/web.ini" "$tmp/open.ini"

# The root cgroup holds this machine: only refusals and dry runs are tried on it.
expect_status 1 EG attach web --cgroup /
expect_err 'root cgroup' 'hint:.*--force'
expect_status 1 EG attach web --cgroup "$mount"
expect_err 'root cgroup' 'hint:.*--force'
printf '[policy]\nname = web\ndefault = deny\ncgroup = /\n' >"$tmp/root.ini"
expect_status 1 EG apply "$tmp/root.ini"
expect_err 'root cgroup' 'hint:.*--force' 'nothing has changed'
expect_status 0 EG apply --dry-run --force "$tmp/root.ini"

# The caller's own, and one that holds it.
for cgroup in "$top/self" "$top"; do
	expect_status 1 EG attach web --cgroup "$cgroup"
	expect_err "'$cgroup'.*caller" 'hint:.*--force'
done
expect_status 1 EG attach web --self
expect_err "'$top/self'.*caller"
policy web self <<<''
expect_status 1 EG apply "$tmp/web.ini"
expect_err "'$top/self'.*caller" 'nothing has changed'
allowed self udp 127.0.0.2 53
expect_status 0 EG apply --force "$tmp/web.ini"
denied self udp 127.0.0.2 53
expect_status 0 EG detach web --self
allowed self udp 127.0.0.2 53

# A policy that allows by default cuts nobody off.
expect_status 0 EG attach open --self
expect_out "$top/self"
