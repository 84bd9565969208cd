# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a b
policy web a <<END
[allow dns]
to = 127.0.0.2
proto = udp
port = 53
END

expect_status 0 EG --json list
expect_json '.policies == []'
expect_status 0 EG --json apply --dry-run "$tmp/web.ini"
expect_json '.would_apply[0].policy == "web"' '.applied == null'
expect_status 0 EG --json apply "$tmp/web.ini"
expect_json '.applied | length == 1' '.applied[0] | .policy == "web" and .generation == 1 and .rules == 1 and .cgroups == 1' \
	'.applied[0].ipv4_entries == 1'
allowed a udp 127.0.0.2 53
denied a udp 127.0.0.3 53

expect_status 0 EG --json list
expect_json '.policies | length == 1' \
	'.policies[0] | .policy == "web" and .default == "deny" and .hits == 2 and .cgroups == 1' \
	'.policies[0].applied | fromdateiso8601 > 1600000000' ".policies[0].file == \"$tmp/web.ini\""
expect_status 0 EG --json show web
expect_json '.policy == "web"' '.hits_default == 1' '.errno == "EACCES"' \
	'.rules == [{"kind": "allow", "rule": "dns", "line": 5, "hits": 1, "ipv4_answers": 1, "ipv6_answers": 0,
	"decides": "udp 53"}]' \
	".cgroups[0].cgroup == \"$top/a\"" '.cgroups[0] | .bound == "declared" and .complete == true'
expect_status 0 EG --json show web --compiled
expect_json '.policy == "web" and .generation == 1' '.ipv4 | length == 2'
expect_status 0 EG --json compile "$tmp/web.ini"
expect_json '.policy == "web"' '.ipv4 | length == 2'
expect_status 0 EG --json attach web --cgroup "$top/b"
expect_json '.attached == "web"' ".cgroup == \"$top/b\""
expect_status 0 EG --json detach web --cgroup "$top/b"
expect_json '.detached == "web"' ".cgroup == \"$top/b\""
expect_status 0 EG --json doctor
expect_json '[.checks[].result] | unique | . == ["ok"]'
expect_status 0 EG --json gc
expect_json '.attachments_dropped == 0' '.generations_dropped | type == "number"'

# what "apply" has to tell goes into the object too, not beside it
sed -i '/^cgroup/d' "$tmp/web.ini"
expect_status 0 EG --json apply "$tmp/web.ini"
expect_json '.notes | length == 1' ".notes[0].text | contains(\"$top/a\")" '.applied[0].generation == 2'
expect_quiet
expect_status 0 EG --json remove --all
expect_json '.removed == 1'

# "run" leaves the standard output to the command
expect_status 3 EG --json run --policy "$tmp/web.ini" -- sh -c 'echo mine; exit 3'
[ "$(cat "$tmp/out")" = mine ] || said "the output of 'run' is not the command's alone"
