# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

new_cgroup a b
policy web a <<<''
policy other <<<''

# error STATUS FILTER -- ARGUMENT...: what a failing command says, as one object on the standard output
error() {
	expect_status "$1" EG "${@:4}"
	expect_quiet
	expect_json ".status == $1" '.error | length > 5' "$2"
}

error 1 '.command == "show" and (.error | contains("no policy"))' -- --json show nope
error 1 '.command == "remove" and (.error | contains("no policy"))' -- remove nope --json
error 1 '.error | contains("nope.ini")' -- --json apply "$tmp/nope.ini"
error 2 '.command == "remove"' -- --json remove
error 2 '.error | contains("frob")' -- --json frob
error 2 '.error | contains("--bogus")' -- --json apply --bogus

# "run" leaves the standard output to its command
expect_status 125 EG --json run --policy "$tmp/nope.ini" true
[ ! -s "$tmp/out" ] || said "'run' writes to the standard output"
cp "$tmp/err" "$tmp/out"
expect_json '.command == "run" and .status == 125 and (.error | contains("nope.ini"))'

printf '[policy]\ndefault = maybe\n[allow x]\nto = 10.0.0.1/8\n' >"$tmp/bad.ini"
error 3 '.problems | length == 2' -- --json apply "$tmp/bad.ini"
expect_json '.problems[0] | .severity == "error" and .line == 2 and .col == 11 and (.file | endswith("/bad.ini"))' \
	'.problems[1] | .line == 4 and .col == 6 and (.text | contains("10.0.0.1/8"))'

expect_status 0 EG apply "$tmp/web.ini" "$tmp/other.ini"
error 1 '.error | contains("nope")' -- --json show nope
error 1 '.hint | length > 5' -- --json show nope
error 1 '.error | contains("web")' -- --json attach other --cgroup "$top/a"

# the option counts wherever it stands
error 2 '.error | contains("--bogus")' -- apply --bogus --json
error 2 '.error | contains("frob")' -- frob --json
