/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every error of the core language: the whole output, byte by byte.
 */
#include "errors.h"

static const struct error_case cases[] = {
	CASE(no_policy_section, "; nothing\n", "t.ini:1:1: error: no [policy] section\n"),
	CASE(no_policy_section_but_rules,
	     "[allow a]\n"
	     "port = 0\n",
	     "t.ini:1:1: error: no [policy] section\n"
	     "t.ini:2:8: error: port 0 is below 1\n"
	     "    port = 0\n"
	     "           ^\n"),
	CASE(an_empty_file, "", "t.ini:1:1: error: no [policy] section\n"),
	CASE(no_default,
	     "[policy]\n"
	     "name = a\n",
	     "t.ini:1:1: error: [policy] has no 'default'\n"
	     "    [policy]\n"
	     "    ^~~~~~~~\n"
	     "hint: add 'default = deny', or allow\n"),
	CASE(an_empty_policy_section, "[policy]\n",
	     "t.ini:1:1: error: [policy] has no 'default'\n"
	     "    [policy]\n"
	     "    ^~~~~~~~\n"
	     "hint: add 'default = deny', or allow\n"),
	CASE(two_policy_sections,
	     POLICY "[policy]\n"
		    "default = allow\n",
	     "t.ini:3:1: error: [policy] stands in line 1 already\n"
	     "    [policy]\n"
	     "    ^~~~~~~~\n"),
	CASE(a_policy_section_with_a_name,
	     "[policy x]\n"
	     "default = deny\n",
	     "t.ini:1:9: error: [policy] takes no name\n"
	     "    [policy x]\n"
	     "            ^\n"),
	CASE(an_unknown_section,
	     POLICY "[alow x]\n"
		    "to = 1\n"
		    "[rules]\n"
		    "a = 1\n"
		    "[]\n"
		    "b = 1\n",
	     "t.ini:3:2: error: unknown section 'alow'\n"
	     "    [alow x]\n"
	     "     ^~~~\n"
	     "hint: did you mean 'allow'?\n"
	     "t.ini:5:2: error: unknown section 'rules'\n"
	     "    [rules]\n"
	     "     ^~~~~\n"
	     "t.ini:7:1: error: a section without a name\n"
	     "    []\n"
	     "    ^~\n"),
	CASE(sections_are_case_sensitive,
	     POLICY "[Allow x]\n"
		    "to = 1\n",
	     "t.ini:3:2: error: unknown section 'Allow'\n"
	     "    [Allow x]\n"
	     "     ^~~~~\n"
	     "hint: did you mean 'allow'?\n"),
	CASE(an_unknown_key,
	     POLICY "exisitng = keep\n"
		    "xyzzy = 1\n"
		    "[allow x]\n"
		    "ports = 1\n",
	     "t.ini:3:1: error: unknown key 'exisitng' in [policy]\n"
	     "    exisitng = keep\n"
	     "    ^~~~~~~~\n"
	     "hint: did you mean 'existing'?\n"
	     "t.ini:4:1: error: unknown key 'xyzzy' in [policy]\n"
	     "    xyzzy = 1\n"
	     "    ^~~~~\n"
	     "t.ini:6:1: error: unknown key 'ports' in [allow]\n"
	     "    ports = 1\n"
	     "    ^~~~~\n"
	     "hint: did you mean 'port'?\n"),
	CASE(a_key_of_the_other_section,
	     POLICY "port = 3\n"
		    "[allow x]\n"
		    "default = deny\n",
	     "t.ini:3:1: error: unknown key 'port' in [policy]\n"
	     "    port = 3\n"
	     "    ^~~~\n"
	     "hint: it is a key of [allow NAME]\n"
	     "t.ini:5:1: error: unknown key 'default' in [allow]\n"
	     "    default = deny\n"
	     "    ^~~~~~~\n"
	     "hint: it is a key of [policy]\n"),
	CASE(unknown_values,
	     "[policy]\n"
	     "default = denny\n"
	     "mode = Enforce\n"
	     "errno = EIO\n"
	     "existing = kil\n"
	     "raw = yes\n"
	     "backstop = on\n"
	     "unix-default=no\n"
	     "passed-sockets = maybe\n",
	     "t.ini:2:11: error: unknown value 'denny' for 'default'\n"
	     "    default = denny\n"
	     "              ^~~~~\n"
	     "hint: did you mean 'deny'?\n"
	     "t.ini:3:8: error: unknown value 'Enforce' for 'mode'\n"
	     "    mode = Enforce\n"
	     "           ^~~~~~~\n"
	     "hint: did you mean 'enforce'?\n"
	     "t.ini:4:9: error: unknown value 'EIO' for 'errno'\n"
	     "    errno = EIO\n"
	     "            ^~~\n"
	     "hint: one of: EACCES, EPERM, ECONNREFUSED, ENETUNREACH, EHOSTUNREACH\n"
	     "t.ini:5:12: error: unknown value 'kil' for 'existing'\n"
	     "    existing = kil\n"
	     "               ^~~\n"
	     "hint: did you mean 'kill'?\n"
	     "t.ini:6:7: error: unknown value 'yes' for 'raw'\n"
	     "    raw = yes\n"
	     "          ^~~\n"
	     "hint: one of: deny, allow\n"
	     "t.ini:7:12: error: unknown value 'on' for 'backstop'\n"
	     "    backstop = on\n"
	     "               ^~\n"
	     "hint: one of: auto, yes, no\n"
	     "t.ini:8:14: error: unknown value 'no' for 'unix-default'\n"
	     "    unix-default=no\n"
	     "                 ^~\n"
	     "hint: one of: allow, deny\n"
	     "t.ini:9:18: error: unknown value 'maybe' for 'passed-sockets'\n"
	     "    passed-sockets = maybe\n"
	     "                     ^~~~~\n"
	     "hint: one of: allow, deny\n"),
	CASE(a_scalar_key_twice, POLICY "default = deny\n",
	     "t.ini:3:1: error: 'default' is set in line 2 already\n"
	     "    default = deny\n"
	     "    ^~~~~~~\n"),
	CASE(a_key_without_a_value,
	     POLICY "name =\n"
		    "mode = ; audit\n"
		    "[allow a]\n"
		    "to =\n"
		    "port = 1\n",
	     "t.ini:3:1: error: 'name' has no value\n"
	     "    name =\n"
	     "    ^~~~\n"
	     "t.ini:4:1: error: 'mode' has no value\n"
	     "    mode = ; audit\n"
	     "    ^~~~\n"
	     "t.ini:6:1: error: 'to' has no value\n"
	     "    to =\n"
	     "    ^~\n"),
	CASE(a_bad_name, POLICY "name = Web.1\n",
	     "t.ini:3:8: error: 'Web.1' is not a policy name: 1 to 31 of a-z 0-9 - _\n"
	     "    name = Web.1\n"
	     "           ^~~~~\n"),
	CASE(a_long_name, POLICY "name = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
	     "t.ini:3:8: error: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' is not a policy name: 1 to 31 of a-z 0-9 - _\n"
	     "    name = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	     "           ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"),
	CASE(cgroups,
	     POLICY "cgroup = a/../b, x.slice\n"
		    "cgroup = x.slice\n",
	     "t.ini:3:10: error: 'a/../b' goes through '..'\n"
	     "    cgroup = a/../b, x.slice\n"
	     "             ^~~~~~\n"
	     "t.ini:4:10: error: cgroup 'x.slice' is listed in line 3 already\n"
	     "    cgroup = x.slice\n"
	     "             ^~~~~~~\n"),
	CASE(a_rule_without_a_name,
	     POLICY "[allow]\n"
		    "port = 1\n",
	     "t.ini:3:1: error: [allow] needs a name, as in [allow NAME]\n"
	     "    [allow]\n"
	     "    ^~~~~~~\n"),
	CASE(a_bad_rule_name,
	     POLICY "[allow a b]\n"
		    "port = 1\n"
		    "[deny \303\274]\n"
		    "port = 1\n",
	     "t.ini:3:8: error: 'a b' is not a rule name: 1 to 43 of letters, digits, - _ .\n"
	     "    [allow a b]\n"
	     "           ^~~\n"
	     "t.ini:5:7: error: '\303\274' is not a rule name: 1 to 43 of letters, digits, - _ .\n"
	     "    [deny \303\274]\n"
	     "          ^\n"),
	CASE(a_rule_name_twice,
	     POLICY "[deny a]\n"
		    "to=any\n"
		    "[allow a]\n"
		    "to=any\n"
		    "[allow a]\n"
		    "to=any\n",
	     "t.ini:5:1: error: rule 'a' stands in line 3 already\n"
	     "    [allow a]\n"
	     "    ^~~~~~~~~\n"
	     "t.ini:7:1: error: rule 'a' stands in line 3 already\n"
	     "    [allow a]\n"
	     "    ^~~~~~~~~\n"),
	CASE(host_bits_beyond_the_prefix,
	     POLICY "[allow a]\n"
		    "to = 10.0.0.1/8, fd00::1/8, ::ffff:10.0.0.1/104\n",
	     "t.ini:4:6: error: '10.0.0.1/8' has bits set beyond its prefix, write 10.0.0.0/8\n"
	     "    to = 10.0.0.1/8, fd00::1/8, ::ffff:10.0.0.1/104\n"
	     "         ^~~~~~~~~~\n"
	     "t.ini:4:18: error: 'fd00::1/8' has bits set beyond its prefix, write fd00::/8\n"
	     "    to = 10.0.0.1/8, fd00::1/8, ::ffff:10.0.0.1/104\n"
	     "                     ^~~~~~~~~\n"
	     "t.ini:4:29: error: '::ffff:10.0.0.1/104' has bits set beyond its prefix, write 10.0.0.0/8\n"
	     "    to = 10.0.0.1/8, fd00::1/8, ::ffff:10.0.0.1/104\n"
	     "                                ^~~~~~~~~~~~~~~~~~~\n"),
	CASE(bad_prefix_lengths,
	     POLICY "[allow a]\n"
		    "to = 10.0.0.0/33, fd00::/129, 10.0.0.0/\n"
		    "  10.0.0.0/08, 10.0.0.0/255.0.0.0, ::ffff:0:0/95\n",
	     "t.ini:4:6: error: '10.0.0.0/33' has a prefix length above 32\n"
	     "    to = 10.0.0.0/33, fd00::/129, 10.0.0.0/\n"
	     "         ^~~~~~~~~~~\n"
	     "t.ini:4:19: error: 'fd00::/129' has a prefix length above 128\n"
	     "    to = 10.0.0.0/33, fd00::/129, 10.0.0.0/\n"
	     "                      ^~~~~~~~~~\n"
	     "t.ini:4:31: error: '10.0.0.0/' has a prefix length that is not a number\n"
	     "    to = 10.0.0.0/33, fd00::/129, 10.0.0.0/\n"
	     "                                  ^~~~~~~~~\n"
	     "t.ini:5:3: error: '10.0.0.0/08' has a prefix length that is not a number\n"
	     "      10.0.0.0/08, 10.0.0.0/255.0.0.0, ::ffff:0:0/95\n"
	     "      ^~~~~~~~~~~\n"
	     "t.ini:5:16: error: '10.0.0.0/255.0.0.0' has a prefix length that is not a number\n"
	     "      10.0.0.0/08, 10.0.0.0/255.0.0.0, ::ffff:0:0/95\n"
	     "                   ^~~~~~~~~~~~~~~~~~\n"
	     "t.ini:5:36: error: '::ffff:0:0/95' has bits set beyond its prefix, write ::fffe:0:0/95\n"
	     "      10.0.0.0/08, 10.0.0.0/255.0.0.0, ::ffff:0:0/95\n"
	     "                                       ^~~~~~~~~~~~~\n"),
	CASE(bad_addresses,
	     POLICY "[allow a]\n"
		    "to = 10.0.0, 010.0.0.1, fe80::1%eth0\n"
		    "  example.com, localhost, 1.2.3.4:443, [::1]:443\n"
		    "  10.0.0.1 10.0.0.2\n",
	     "t.ini:4:6: error: '10.0.0' is not an IP address or prefix\n"
	     "    to = 10.0.0, 010.0.0.1, fe80::1%eth0\n"
	     "         ^~~~~~\n"
	     "t.ini:4:14: error: '010.0.0.1' is not an IP address or prefix\n"
	     "    to = 10.0.0, 010.0.0.1, fe80::1%eth0\n"
	     "                 ^~~~~~~~~\n"
	     "t.ini:4:25: error: 'fe80::1%eth0' has a zone: a zone has no meaning here\n"
	     "    to = 10.0.0, 010.0.0.1, fe80::1%eth0\n"
	     "                            ^~~~~~~~~~~~\n"
	     "t.ini:5:3: error: 'example.com' is not an IP address or prefix\n"
	     "      example.com, localhost, 1.2.3.4:443, [::1]:443\n"
	     "      ^~~~~~~~~~~\n"
	     "hint: host names are not resolved: write addresses\n"
	     "t.ini:5:16: error: 'localhost' is not an IP address or prefix\n"
	     "      example.com, localhost, 1.2.3.4:443, [::1]:443\n"
	     "                   ^~~~~~~~~\n"
	     "hint: host names are not resolved: write addresses\n"
	     "t.ini:5:27: error: '1.2.3.4:443' is not an IP address or prefix\n"
	     "      example.com, localhost, 1.2.3.4:443, [::1]:443\n"
	     "                              ^~~~~~~~~~~\n"
	     "hint: ports go into a key of their own: 'port'\n"
	     "t.ini:5:40: error: '[::1]:443' is not an IP address or prefix\n"
	     "      example.com, localhost, 1.2.3.4:443, [::1]:443\n"
	     "                                           ^~~~~~~~~\n"
	     "hint: ports go into a key of their own: 'port'\n"
	     "t.ini:6:3: error: '10.0.0.1 10.0.0.2' is not an IP address or prefix\n"
	     "      10.0.0.1 10.0.0.2\n"
	     "      ^~~~~~~~~~~~~~~~~\n"
	     "hint: separate the elements of a list by commas\n"),
	CASE(unspecified_addresses,
	     POLICY "[allow a]\n"
		    "to = 0.0.0.0, ::, ::ffff:0.0.0.0\n",
	     "t.ini:4:6: error: '0.0.0.0' matches nothing: connections to it reach the loopback\n"
	     "    to = 0.0.0.0, ::, ::ffff:0.0.0.0\n"
	     "         ^~~~~~~\n"
	     "hint: write 127.0.0.1\n"
	     "t.ini:4:15: error: '::' matches nothing: connections to it reach the loopback\n"
	     "    to = 0.0.0.0, ::, ::ffff:0.0.0.0\n"
	     "                  ^~\n"
	     "hint: write ::1\n"
	     "t.ini:4:19: error: '::ffff:0.0.0.0' matches nothing: connections to it reach the loopback\n"
	     "    to = 0.0.0.0, ::, ::ffff:0.0.0.0\n"
	     "                      ^~~~~~~~~~~~~~\n"
	     "hint: write 127.0.0.1\n"),
	CASE(empty_list_elements,
	     POLICY "[allow a]\n"
		    "to = ,10.0.0.1,,10.0.0.2,\n"
		    "port = 1,\n"
		    "  2,\n",
	     "t.ini:4:6: error: an empty list element\n"
	     "    to = ,10.0.0.1,,10.0.0.2,\n"
	     "         ^\n"
	     "t.ini:4:16: error: an empty list element\n"
	     "    to = ,10.0.0.1,,10.0.0.2,\n"
	     "                   ^\n"
	     "t.ini:4:25: error: the list ends with a comma\n"
	     "    to = ,10.0.0.1,,10.0.0.2,\n"
	     "                            ^\n"
	     "t.ini:6:4: error: the list ends with a comma\n"
	     "      2,\n"
	     "       ^\n"),
	CASE(bad_ports,
	     POLICY "[allow a]\n"
		    "port = 0, 65536, 99999999999999999999999, 80-70, 0-5, 5-70000\n"
		    "  -1, 80-, 80 443\n",
	     "t.ini:4:8: error: port 0 is below 1\n"
	     "    port = 0, 65536, 99999999999999999999999, 80-70, 0-5, 5-70000\n"
	     "           ^\n"
	     "t.ini:4:11: error: port 65536 is above 65535\n"
	     "    port = 0, 65536, 99999999999999999999999, 80-70, 0-5, 5-70000\n"
	     "              ^~~~~\n"
	     "t.ini:4:18: error: port 99999999999999999999999 is above 65535\n"
	     "    port = 0, 65536, 99999999999999999999999, 80-70, 0-5, 5-70000\n"
	     "                     ^~~~~~~~~~~~~~~~~~~~~~~\n"
	     "t.ini:4:43: error: '80-70' ends before it starts\n"
	     "    port = 0, 65536, 99999999999999999999999, 80-70, 0-5, 5-70000\n"
	     "                                              ^~~~~\n"
	     "t.ini:4:50: error: port 0 is below 1\n"
	     "    port = 0, 65536, 99999999999999999999999, 80-70, 0-5, 5-70000\n"
	     "                                                     ^~~\n"
	     "t.ini:4:55: error: port 70000 is above 65535\n"
	     "    port = 0, 65536, 99999999999999999999999, 80-70, 0-5, 5-70000\n"
	     "                                                          ^~~~~~~\n"
	     "t.ini:5:3: error: '-1' is neither a port nor a range\n"
	     "      -1, 80-, 80 443\n"
	     "      ^~\n"
	     "t.ini:5:7: error: '80-' is neither a port nor a range\n"
	     "      -1, 80-, 80 443\n"
	     "          ^~~\n"
	     "t.ini:5:12: error: '80 443' is not a port\n"
	     "      -1, 80-, 80 443\n"
	     "               ^~~~~~\n"
	     "hint: separate the elements of a list by commas\n"),
	CASE(unknown_protocols,
	     POLICY "[allow a]\n"
		    "proto = tpc, sctp, TCP\n",
	     "t.ini:4:9: error: unknown value 'tpc' for 'proto'\n"
	     "    proto = tpc, sctp, TCP\n"
	     "            ^~~\n"
	     "hint: did you mean 'tcp'?\n"
	     "t.ini:4:14: error: unknown value 'sctp' for 'proto'\n"
	     "    proto = tpc, sctp, TCP\n"
	     "                 ^~~~\n"
	     "hint: one of: tcp, udp, icmp, any\n"
	     "t.ini:4:20: error: unknown value 'TCP' for 'proto'\n"
	     "    proto = tpc, sctp, TCP\n"
	     "                       ^~~\n"
	     "hint: did you mean 'tcp'?\n"),
	CASE(a_port_for_icmp,
	     POLICY "[allow a]\n"
		    "proto = tcp, icmp\n"
		    "port = 80\n",
	     "t.ini:4:14: error: icmp has no ports, and line 5 names some\n"
	     "    proto = tcp, icmp\n"
	     "                 ^~~~\n"
	     "hint: make it a rule of its own\n"),
	CASE(bad_unix_rules,
	     POLICY "[allow a]\n"
		    "unix = run/x, "
		    "/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "xxxxxxxxxx\n"
		    "[allow b]\n"
		    "unix = /a\n"
		    "to = any\n"
		    "[allow c]\n"
		    "unix=@x\n"
		    "port = 1\n",
	     "t.ini:4:8: error: 'run/x' is neither an absolute path nor an @name\n"
	     "    unix = run/x, "
	     "/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	     "xxx\n"
	     "           ^~~~~\n"
	     "t.ini:4:15: error: a socket path has at most 107 bytes\n"
	     "    unix = run/x, "
	     "/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	     "xxx\n"
	     "                  "
	     "^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"
	     "~~~\n"
	     "t.ini:6:1: error: 'unix' and 'to' in one rule\n"
	     "    unix = /a\n"
	     "    ^~~~\n"
	     "hint: make it a rule of its own\n"
	     "t.ini:9:1: error: 'unix' and 'port' in one rule\n"
	     "    unix=@x\n"
	     "    ^~~~\n"
	     "hint: make it a rule of its own\n"),
	CASE(carets_stand_below_tabs_and_UTF_8,
	     POLICY "[allow a]\n"
		    "to\t=\t10.0.0.1,\tbad\n"
		    "; \303\274\n",
	     "t.ini:4:16: error: 'bad' is not an IP address or prefix\n"
	     "    to\t=\t10.0.0.1,\tbad\n"
	     "      \t \t         \t^~~\n"),
};

int main(void)
{
	return check_cases(cases, sizeof(cases) / sizeof(*cases));
}
