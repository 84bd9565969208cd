# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

# wrong REGEX ARGUMENT...
wrong() {
	expect_status 2 EG "${@:2}"
	expect_err "$1" 'hint: egressctl .*--help'
	[ ! -s "$tmp/out" ] || said "a usage error writes to the standard output"
}

wrong 'no command'
wrong "unknown command 'frob'" frob
wrong "unknown option '--bogus'" --bogus list
wrong "unknown option '--bogus'" list --bogus=3
wrong "unknown option '-x'" list -x
wrong "'apply' needs .*FILE" apply
wrong "'show' needs .*NAME" show
wrong "'list' does not take 'x'" list x
wrong "'show' does not take 'y'" show x y
wrong "'--pid' does not go with 'list'" list --pid 3
wrong "'--bpffs' needs a value" list --bpffs
wrong "'--bpffs' needs a value" list --bpffs=
wrong "'--self' takes no value" attach web --self=yes
wrong '--cgroup PATH, --pid PID' attach web
wrong '--cgroup PATH, --pid PID' attach web --self --pid 3
wrong "'x1' is not a process id" attach web --pid x1
wrong "'-1' is not a process id" attach web --pid -1
wrong "'0' is not a process id" detach web --pid 0
wrong "'99999999999' is not a process id" detach web --pid 99999999999
wrong 'NAME... or --all' remove
wrong 'NAME... or --all' remove web --all
wrong '--policy FILE' run true
wrong 'needs .*COMMAND' run --policy x.ini
wrong 'needs .*COMMAND' run --policy x.ini --
expect_nothing_left
