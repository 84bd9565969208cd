# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Reads what a guest wrote: with channel=tap the tests' output between the marks of init, with
# channel=console the kernel's log. Prints both, prefixed, writes "passed failed skipped" to the file
# `counts`, and exits 1 if anything failed.
#
# Variables: kernel, counts; expected: the tests' names; limit: seconds for a test; ending: "powered off",
# or how else the guest ended.

function say(text) { print "[" kernel "] " text }
function fail(text) { failed++; say("not ok - " text) }

function start_test(test) {
	started[test] = 1
	running = test
	results = bad = planned = 0
}

# A binary that exits 0 must also have shown results: all it planned, and at least one.
function end_test(status, seconds) {
	if (status == 137 && seconds >= limit)
		fail(running ": killed, ran longer than " limit " s")
	else if (status != 0 && !bad)
		fail(running ": exit status " status ", and no failed test says why")
	else if (status == 0 && !results)
		fail(running ": ran no test")
	else if (status == 0 && planned && planned != results)
		fail(running ": planned " planned " tests, ran " results)
	running = ""
}

function result(line) {
	results++
	# "not ok N # SKIP" is how cmocka 1.1 writes a skipped test
	if (line ~ /^ok.*# *[Ss][Kk][Ii][Pp]/ || line ~ /^not ok [0-9]+ # SKIP/)
		skipped++
	else if (line ~ /^ok/)
		passed++
	else {
		bad++
		failed++
	}
}

function plan(line) {
	sub(/^1\.\./, "", line)
	planned += line + 0
	if (line ~ /^0.*# *[Ss][Kk][Ii][Pp]/) {
		planned++
		results++
		skipped++
	}
}

{ sub(/\r+$/, "") }

channel == "tap" && /^@@ ready / { ready = $3; next }
channel == "tap" && /^@@ start / { start_test($3); next }
channel == "tap" && /^@@ end / && $3 == running { end_test($4, $5); next }
channel == "tap" && /^@@ finish / { finished = 1; taint = $3; next }
channel == "tap" && /^$/ { next }
channel == "tap" {
	say(running (running == "" ? "" : ": ") $0)
	if (running == "")
		next
	if (/^(not )?ok( |$)/)
		result($0)
	else if (/^1\.\.[0-9]/)
		plan($0)
	else if (/^Bail out!/) {
		bad++
		failed++
	}
}

channel == "console" {
	log_line[++log_lines] = $0
	if (!trouble && /cut here|Kernel panic|Oops:|(^| )BUG:|kernel BUG|WARNING: CPU:|UBSAN:|general protection fault|soft lockup|detected stall|blocked for more than|unregister_netdevice: waiting/)
		trouble = log_lines
}

# One failure for the guest as a whole, beside those of the tests it took with it.
function judge_guest() {
	if (!ready)
		fail("the guest did not boot (" ending ")")
	else if (ending != "powered off")
		fail("the guest: " ending)
	else if (trouble)
		fail("the kernel complained: " log_line[trouble])
	else if (!finished)
		fail("the guest ended before its tests did")
	else if (taint != 0)
		fail("the kernel is tainted: " taint)
}

# From the first complaint, or the end when there was none.
function show_log(    line, last) {
	line = trouble ? trouble : log_lines - 19
	last = trouble && trouble + 39 < log_lines ? trouble + 39 : log_lines
	for (line = line > 1 ? line : 1; line <= last; line++)
		say("| " log_line[line])
}

END {
	if (running != "")
		fail(running ": did not end")
	tests = split(expected, test, " ")
	for (i = 1; i <= tests; i++)
		if (!(test[i] in started))
			fail(test[i] ": never ran")
	guest_failed = failed
	judge_guest()
	if (failed > guest_failed)
		show_log()
	if (!passed && !failed)
		fail("every test was skipped: nothing is proved")
	say(passed + 0 " passed, " failed + 0 " failed, " skipped + 0 " skipped" (ready ? " (booted in " ready " s)" : ""))
	print passed + 0, failed + 0, skipped + 0 > counts
	exit failed > 0
}
