# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

cat >"$tmp/web.ini" <<END
[policy]
name = Web
defaultt = deny

[allow a]
to = 10.0.0.1, 10.0.0.0/33
port = 70000
END

expect_status 3 EG apply "$tmp/web.ini"
expect_err 'web\.ini:2:8: error' 'web\.ini:3:1: error' 'web\.ini:6:16: error' 'web\.ini:7:8: error' \
	"did you mean 'default'" 'nothing has changed'
[ ! -s "$tmp/out" ] || said "an error writes to the standard output"

# The line, and the caret below the place that is meant.
line=$(grep -n -A 2 'web\.ini:6:16' "$tmp/err" | sed 's/^[0-9]*[:-]//')
[ "$(sed -n 2p <<<"$line")" = '    to = 10.0.0.1, 10.0.0.0/33' ] || said "the line is not shown as it is"
[ "$(sed -n 3p <<<"$line")" = '                   ^~~~~~~~~~~' ] || said "the caret is not below the place"
[ "$(grep -c ': error: ' "$tmp/err")" -le 5 ] || said "an error is told twice"
expect_nothing_left

# "run" tells the same, and runs nothing.
expect_status 3 EG run --policy "$tmp/web.ini" -- touch "$tmp/ran"
expect_err 'web\.ini:6:16: error' 'was not run'
[ ! -e "$tmp/ran" ] || fail "'run' ran its command"

# What is no text, or no file at all.
printf 'a\0b' >"$tmp/nul.ini"
expect_status 3 EG apply "$tmp/nul.ini"
expect_err 'nul\.ini:1:2: error'
expect_status 1 EG apply "$tmp"
expect_err 'not a regular file'
: >"$tmp/empty.ini"
expect_status 3 EG apply "$tmp/empty.ini"
expect_err 'empty\.ini'
