# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

mapfile -t commands < <(sed -n 's/^int eg_cmd_\([a-z]*\)(struct eg_call .*/\1/p' "$source_dir"/ctl/cmd/*.c)
[ ${#commands[@]} -ge 10 ] || fail "found only ${#commands[@]} commands below ctl/cmd"

expect_status 0 "$egressctl" --help
expect_quiet
expect_out '^usage: egressctl' 'exit status: 0 done'
for command in "${commands[@]}"; do
	expect_out "^  $command +[a-z]"
done
[ "$(wc -l <"$tmp/out")" -le 40 ] || said "the help does not fit a screen"

for command in "${commands[@]}"; do
	expect_status 0 "$egressctl" "$command" --help
	expect_quiet
	expect_out "^usage: egressctl .*$command" '--json' '--bpffs DIR' '--help'
	expect_status 0 "$egressctl" --help "$command"
	expect_status 0 "$egressctl" "$command" -h
done

expect_status 0 "$egressctl" attach --help
expect_out '--cgroup PATH' '--pid PID' '--self' '--force' '--replace'
expect_status 0 "$egressctl" run --help
expect_out '--policy FILE' '--user USER' '--no-new-privs' '--drop-caps'

