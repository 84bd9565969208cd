# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a
policy web a <<END
[allow two]
to = 127.0.0.2
[expect]
allow = udp:127.0.0.2:53
deny  = udp:127.0.0.3:53, tcp:192.0.2.1:80
END
expect_status 0 EG validate "$tmp/web.ini"
expect_status 0 EG apply "$tmp/web.ini"
expect_quiet
expect_status 0 EG run --policy "$tmp/web.ini" -- true

cat >>"$tmp/web.ini" <<END
[deny three]
to = 127.0.0.2, 127.0.0.3
END
for command in "validate $tmp/web.ini" "apply $tmp/web.ini" "apply --dry-run $tmp/web.ini" "diff $tmp/web.ini" \
	"run --policy $tmp/web.ini -- touch $tmp/ran"; do
	# shellcheck disable=SC2086
	expect_status 3 EG $command
	expect_err "web\.ini:8:9: error: expected 'udp:127\.0\.0\.2:53' to be allowed, but it is denied by \[deny three\] \(line 10\)"
	[ "$(grep -c ': error: ' "$tmp/err")" = 1 ] || said "more than what is contradicted"
done
[ ! -e "$tmp/ran" ] || fail "'run' ran its command"
grep -A 2 'web\.ini:8:9' "$tmp/err" | sed -n '2,3p' >"$tmp/shown"
printf '    allow = udp:127.0.0.2:53\n            ^~~~~~~~~~~~~~~~\n' | expect cmp -s - "$tmp/shown"

# Nothing has changed.
allowed a udp 127.0.0.2 53
expect_status 0 EG --json show web
expect_json '.generation == 1' '.rules | length == 1'

# Invalid comes before not supported, and both are told.
sed -i 's/^default = deny/&\nexisting = kill/' "$tmp/web.ini"
expect_status 3 EG apply "$tmp/web.ini"
expect_err 'web\.ini:4:12: error: .existing = kill. is not supported' 'web\.ini:9:9: error: expected'
