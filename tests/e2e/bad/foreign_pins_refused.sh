# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a
policy web a <<<''
commands=("apply $tmp/web.ini" "apply --dry-run $tmp/web.ini" "remove --all" "remove --all --force" gc
	"attach web --cgroup $top/a" "detach web --cgroup $top/a" "remove web" list "show web")

pin() { # NAME: of another tool, below $bpffs
	mkdir -p "$(dirname "$bpffs/$1")"
	bpftool map create "$bpffs/$1" type array key 4 value 4 entries 1 name "${1##*/}" >/dev/null
}

# refuses REGEX: each command fails with that, and leaves what is pinned there alone
refuses() {
	find "$bpffs" | sort >"$tmp/before"
	for command in "${commands[@]}"; do
		# shellcheck disable=SC2086
		expect_status 1 EG $command
		expect_err "'$bpffs'.*$1"
		find "$bpffs" | sort >"$tmp/after"
		diff "$tmp/before" "$tmp/after" >&2 || fail "'$command' touched the pins of others"
	done
	expect_status 1 EG doctor
	expect_out 'pins +FAIL'
	allowed a udp 127.0.0.2 53
	rm -r "$bpffs"
}

# a directory of our shape, not our maps
pin core/abi
pin core/slots
refuses 'not usable'

# a directory of another tool: nothing of ours is there, and nothing of theirs may go
pin theirs/map
pin theirs_too
expect_status 1 EG apply "$tmp/web.ini"
expect_err "'$bpffs'.*'theirs" 'nothing has changed' 'hint:.*--bpffs'
for command in "${commands[@]}"; do
	# shellcheck disable=SC2086
	EG $command >"$tmp/out" 2>"$tmp/err" || true
	for name in theirs/map theirs_too; do
		[ -e "$bpffs/$name" ] || fail "'$command' removed the pin '$name' of another tool"
	done
done
expect_status 0 EG remove --all
rm -r "$bpffs"
