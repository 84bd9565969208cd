# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

expect_status 0 cmake --install "$EG_BUILD" --prefix "$tmp/prefix"
installed=$(find "$tmp/prefix" -type f -name egressctl -perm -111)
[ -x "$installed" ] || fail "installed as: $installed"
! find "$tmp/prefix" -name '*fault*' -o -name '*probe*' | grep . || fail "parts of the tests are installed"

# From anywhere, without the build and the source.
mkdir "$tmp/elsewhere"
cd "$tmp/elsewhere" || exit
egressctl=$installed # what EG calls
expect_status 0 env -i "$installed" version
expect_out '^egressctl: [0-9]'
new_cgroup a
policy web a <<<'[allow x]'$'\n''to = 127.0.0.2'
cp "$tmp/web.ini" mine.ini
expect_status 0 EG apply mine.ini
allowed a udp 127.0.0.2 53
denied a udp 127.0.0.3 53
expect_status 0 EG --json show web
expect_json ".file == \"$tmp/elsewhere/mine.ini\""
expect_status 4 EG run --policy mine.ini -- "$probe" udp 127.0.0.3 53
expect_status 0 EG remove --all
expect_nothing_left
