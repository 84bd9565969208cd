# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a
policy web a <<<''
# the build may be where only its owner can read
chmod 755 "$tmp"
mkdir "$tmp/bin"
cp "$egressctl" "$tmp/bin/egressctl"
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# with CAPABILITIES ARGUMENT...: as nobody, with these capabilities only
with() {
	local caps=$1
	shift
	"${nobody[@]}" --inh-caps="-all$caps" --ambient-caps="-all$caps" \
		"$tmp/bin/egressctl" --bpffs "$bpffs" --run-dir "$run_dir" "$@"
}

for command in "apply $tmp/web.ini" list "show web" "remove web" gc "attach web --cgroup $top/a"; do
	# shellcheck disable=SC2086
	expect_status 1 with '' $command
	expect_err 'CAP_BPF and CAP_NET_ADMIN' 'hint:.*root'
done
expect_status 125 with '' run --policy "$tmp/web.ini" true
expect_err 'CAP_BPF and CAP_NET_ADMIN'
expect_status 1 with ,+net_admin list
expect_err 'needs CAP_BPF$'
expect_status 1 with ,+bpf list
expect_err 'needs CAP_NET_ADMIN$'
expect_status 1 with '' list --json
expect_json '.error | contains("CAP_BPF and CAP_NET_ADMIN")' '.status == 1'

# Root without its capabilities is nobody special.
expect_status 1 setpriv --bounding-set=-all --inh-caps=-all "$egressctl" --bpffs "$bpffs" --run-dir "$run_dir" list
expect_err 'CAP_BPF and CAP_NET_ADMIN'

# Both capabilities, but the pins are in a directory that is closed to it: said, with the directory.
expect_status 0 EG apply "$tmp/web.ini"
expect_status 1 with ,+bpf,+net_admin list
expect_err "'$bpffs'.*Permission denied" 'hint:'

# What needs no privileges asks for none.
expect_status 0 with '' version
expect_status 0 with '' --help
expect_status 0 with '' apply --help
expect_status 2 with '' frob

# "doctor" tells everybody what it can.
expect_status 1 with '' doctor
expect_out 'privileges +FAIL .*CAP_BPF' '^kernel +ok' '^cgroup2 +ok'
