# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a b c 'd e'
policy web <<<''
expect_status 0 EG apply "$tmp/web.ini"

# the path as in /proc/PID/cgroup, below the mount, and with the mount in front
expect_status 0 EG attach web --cgroup "$top/a"
expect_out '^attached: web$' "^cgroup: $top/a\$"
expect_quiet
expect_status 0 EG attach web --cgroup "${top#/}/b/"
expect_out "^cgroup: $top/b\$"
expect_status 0 EG attach web --cgroup "$mount$top/d e"
expect_out "^cgroup: $top/d e\$"
denied a udp 127.0.0.2 53
denied b udp 127.0.0.2 53
denied 'd e' udp 127.0.0.2 53

settle_in c
expect_status 0 EG attach web --pid "$pid"
expect_out "^cgroup: $top/c\$"
denied c udp 127.0.0.2 53

new_cgroup f
expect_status 0 in_cgroup f "$egressctl" --bpffs "$bpffs" --run-dir "$run_dir" attach web --self --force
expect_out "^cgroup: $top/f\$"
denied f udp 127.0.0.2 53
allowed self udp 127.0.0.2 53

# Once more is no error and changes nothing.
expect_status 0 EG attach web --cgroup "$top/a"
expect_status 0 EG --json show web
expect_json '.cgroups | length == 5' '[.cgroups[] | .bound] | unique == ["added"]' '[.cgroups[].complete] | all'

# Where it cannot go.
expect_status 1 EG attach nope --cgroup "$top/a"
expect_err "'nope'" 'hint:'
expect_status 1 EG attach web --pid 4194305
expect_err '4194305'
expect_status 1 EG attach web --cgroup "$top/nope"
expect_err "'$top/nope'" 'hint:.*make it'
expect_status 1 EG attach web --cgroup "$top/a/../b"
expect_err "'\.\.'"
expect_status 1 EG attach web --cgroup "$top/a/cgroup.procs"
expect_err "cgroup.procs"
