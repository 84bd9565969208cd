# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a b
policy one a <<<''
policy two b <<<''

# refused STATUS REGEX: "one" is right and "two" is not, so neither is applied
refused() {
	for first in one two; do
		[ $first = one ] && second=two || second=one
		expect_status "$1" EG apply "$tmp/$first.ini" "$tmp/$second.ini"
		expect_err "$2" 'nothing has changed'
		allowed a udp 127.0.0.2 53
		allowed b udp 127.0.0.2 53
		expect_nothing_left
	done
}

policy two b <<<'[allow x'
refused 3 'two.ini:5:1'
policy two b <<<'mode = audit'
refused 5 'two.ini:5:8'
policy two nope <<<''
refused 1 "two.ini:4:10.*'$top/nope'"
policy two a <<<''
refused 3 "'$top/a'"
sed 's/name = one/name = one ; again/; /cgroup/d' "$tmp/one.ini" >"$tmp/two.ini"
refused 3 "both named 'one'"
rm "$tmp/two.ini"
refused 1 'two.ini.*No such file'

# Both right: both apply, and one that is loaded stays as it is when the other fails.
policy two b <<<''
expect_status 0 EG apply "$tmp/one.ini" "$tmp/two.ini"
expect_out '^one ' '^two '
denied a udp 127.0.0.2 53
denied b udp 127.0.0.2 53
policy one a <<<'[allow all]'$'\n''to = any'
policy two nope <<<''
expect_status 1 EG apply "$tmp/one.ini" "$tmp/two.ini"
denied a udp 127.0.0.2 53
denied b udp 127.0.0.2 53

# Problems of both texts are told at once.
printf '[policy]\ndefault = x\n' | tee "$tmp/one.ini" >"$tmp/two.ini"
expect_status 3 EG apply "$tmp/one.ini" "$tmp/two.ini"
expect_err 'one.ini:2:11: error' 'two.ini:2:11: error'

# Two policies may swap their cgroups in one command.
policy one b <<<''
policy two a <<<''
expect_status 0 EG apply --replace "$tmp/one.ini" "$tmp/two.ini"
expect_status 0 EG --json show one
expect_json "[.cgroups[].cgroup] == [\"$top/b\"]"
expect_status 0 EG --json show two
expect_json "[.cgroups[].cgroup] == [\"$top/a\"]"
