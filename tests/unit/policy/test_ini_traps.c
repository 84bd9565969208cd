/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What inih would let pass, and what is said about it: the whole output, byte by byte.
 */
#include "errors.h"

static const struct error_case cases[] = {
	CASE(a_NUL_ends_the_reading, POLICY "name = a\000b\n",
	     "t.ini:3:9: error: a NUL byte: this is not a text file\n"
	     "    name = a\n"
	     "            ^\n"),
	CASE(a_NUL_is_refused_in_a_comment,
	     "; \000\n"
	     "[policy]\n"
	     "default = deny\n",
	     "t.ini:1:3: error: a NUL byte: this is not a text file\n"
	     "    ; \n"
	     "      ^\n"),
	CASE(bytes_that_are_no_UTF_8_are_refused, POLICY "; caf\351\n",
	     "t.ini:3:6: error: byte 0xe9 is not valid UTF-8\n"
	     "    ; caf?\n"
	     "         ^\n"
	     "hint: policy files are UTF-8\n"),
	CASE(a_lone_CR_hides_no_line,
	     POLICY "; a\r[deny all]\r\n"
		    "to = any\n",
	     "t.ini:3:4: error: a carriage return that does not end the line\n"
	     "    ; a?[deny all]\n"
	     "       ^\n"
	     "hint: lines end with LF or CR LF\n"),
	CASE(a_file_of_CR_lines_is_refused, "[policy]\rdefault = deny\r",
	     "t.ini:1:9: error: a carriage return that does not end the line\n"
	     "    [policy]?default = deny?\n"
	     "            ^\n"
	     "hint: lines end with LF or CR LF\n"),
	CASE(control_characters_are_refused_and_not_printed, POLICY "name = a\033[31mb\n",
	     "t.ini:3:9: error: control character 0x1b\n"
	     "    name = a?[31mb\n"
	     "            ^\n"),
	CASE(a_BOM_does_not_shift_columns,
	     "\357\273\277[policy]\n"
	     "default = maybe\n",
	     "t.ini:2:11: error: unknown value 'maybe' for 'default'\n"
	     "    default = maybe\n"
	     "              ^~~~~\n"
	     "hint: one of: deny, allow\n"),
	CASE(a_line_of_200_bytes_is_refused,
	     POLICY
	     "[allow a]\n"
	     "to = "
	     "111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
	     "111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111\n",
	     "t.ini:4:200: error: the line has 200 bytes, 199 is the limit\n"
	     "    ...111111111111111111111111111111111111111111111111111111111111111111111111111111111\n"
	     "                                                                                       ^\n"
	     "hint: split the list over indented lines\n"),
	CASE(a_long_section_name_is_not_cut,
	     POLICY "[allow xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]\n"
		    "port = 1\n",
	     "t.ini:3:2: error: a section header of 50 bytes, 49 is the limit\n"
	     "    [allow xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]\n"
	     "     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"),
	CASE(a_long_key_is_not_cut, POLICY "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk = 1\n",
	     "t.ini:3:1: error: a key of 50 bytes, 49 is the limit\n"
	     "    kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk = 1\n"
	     "    ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"),
	CASE(keys_behind_a_header_without_bracket_go_nowhere,
	     POLICY "[allow a\n"
		    "default = allow\n"
		    "port = 99999\n"
		    "[deny b]\n"
		    "port = 0\n",
	     "t.ini:3:1: error: a section header without ']'\n"
	     "    [allow a\n"
	     "    ^~~~~~~~\n"
	     "t.ini:7:8: error: port 0 is below 1\n"
	     "    port = 0\n"
	     "           ^\n"),
	CASE(text_behind_a_header_is_refused,
	     POLICY "[allow a] junk\n"
		    "port = 1\n",
	     "t.ini:3:11: error: text after the ']' of a section header\n"
	     "    [allow a] junk\n"
	     "              ^~~~\n"),
	CASE(a_comment_right_behind_a_header_gets_a_hint,
	     POLICY "[allow a];x\n"
		    "port = 1\n",
	     "t.ini:3:10: error: text after the ']' of a section header\n"
	     "    [allow a];x\n"
	     "             ^~\n"
	     "hint: a comment needs white space before it\n"),
	CASE(an_indented_header_is_refused,
	     POLICY "cgroup = a\n"
		    " [allow a]\n"
		    "port = 1\n",
	     "t.ini:4:2: error: a section header must start in the first column\n"
	     "     [allow a]\n"
	     "     ^~~~~~~~~\n"
	     "hint: an indented line continues the value above it\n"),
	CASE(an_indented_key_is_refused,
	     POLICY "[allow a]\n"
		    "to = 10.0.0.1\n"
		    "  port = 443\n",
	     "t.ini:5:3: error: a key must start in the first column\n"
	     "      port = 443\n"
	     "      ^~~~\n"
	     "hint: an indented line continues the value above it\n"),
	CASE(an_indented_first_key_is_refused,
	     "[policy]\n"
	     "  default = deny\n",
	     "t.ini:2:3: error: a key must start in the first column\n"
	     "      default = deny\n"
	     "      ^~~~~~~\n"
	     "hint: an indented line continues the value above it\n"),
	CASE(a_continuation_of_nothing_is_refused,
	     POLICY "[allow a]\n"
		    "  10.0.0.1\n"
		    "port = 1\n",
	     "t.ini:4:3: error: an indented line with nothing to continue\n"
	     "      10.0.0.1\n"
	     "      ^~~~~~~~\n"
	     "hint: an indented line continues the value above it\n"),
	CASE(an_address_in_the_first_column_is_no_key,
	     POLICY "[allow a]\n"
		    "to = 10.0.0.1,\n"
		    "10.0.0.2\n",
	     "t.ini:5:1: error: expected 'key = value'\n"
	     "    10.0.0.2\n"
	     "    ^~~~~~~~\n"
	     "hint: indent the line to continue the value above it\n"),
	CASE(a_colon_is_no_separator,
	     POLICY "[allow a]\n"
		    "to = fd00::1\n"
		    "fd00::2\n"
		    "port: 5\n",
	     "t.ini:5:1: error: expected 'key = value'\n"
	     "    fd00::2\n"
	     "    ^~~~~~~\n"
	     "hint: indent the line to continue the value above it\n"
	     "t.ini:6:1: error: expected 'key = value'\n"
	     "    port: 5\n"
	     "    ^~~~~~~\n"
	     "hint: write '=' between key and value\n"),
	CASE(an_address_with_port_is_no_key,
	     POLICY "[allow a]\n"
		    "allow 10.0.0.1:443\n",
	     "t.ini:4:1: error: expected 'key = value'\n"
	     "    allow 10.0.0.1:443\n"
	     "    ^~~~~~~~~~~~~~~~~~\n"
	     "hint: write '=' between key and value\n"),
	CASE(a_value_needs_a_key, POLICY "= 5\n",
	     "t.ini:3:1: error: a value without a key\n"
	     "    = 5\n"
	     "    ^~~\n"),
	CASE(a_key_before_all_sections_is_told_once,
	     "default = deny\n"
	     "name = x\n",
	     "t.ini:1:1: error: a key before the first section\n"
	     "    default = deny\n"
	     "    ^~~~~~~\n"),
	CASE(an_empty_rule_section_is_found,
	     POLICY "[deny all]\n"
		    "\n"
		    "[allow b]\n"
		    "; c\n",
	     "t.ini:3:1: error: an empty rule section\n"
	     "    [deny all]\n"
	     "    ^~~~~~~~~~\n"
	     "hint: write 'to = any' for a rule that covers everything\n"
	     "t.ini:5:1: error: an empty rule section\n"
	     "    [allow b]\n"
	     "    ^~~~~~~~~\n"
	     "hint: write 'to = any' for a rule that covers everything\n"),
	CASE(an_empty_section_at_the_very_end_is_found, POLICY "[deny all]",
	     "t.ini:3:1: error: an empty rule section\n"
	     "    [deny all]\n"
	     "    ^~~~~~~~~~\n"
	     "hint: write 'to = any' for a rule that covers everything\n"),
	CASE(a_continuation_of_a_scalar_is_refused,
	     POLICY "name = a\n"
		    "  b\n",
	     "t.ini:4:3: error: 'name' takes one value, and this line adds another\n"
	     "      b\n"
	     "      ^\n"),
	CASE(a_comment_needs_white_space,
	     POLICY "[allow a]\n"
		    "to = 10.0.0.1;x, 10.0.0.2#y\n",
	     "t.ini:4:6: error: '10.0.0.1;x' is not an IP address or prefix\n"
	     "    to = 10.0.0.1;x, 10.0.0.2#y\n"
	     "         ^~~~~~~~~~\n"
	     "hint: a comment needs white space before it\n"
	     "t.ini:4:18: error: '10.0.0.2#y' is not an IP address or prefix\n"
	     "    to = 10.0.0.1;x, 10.0.0.2#y\n"
	     "                     ^~~~~~~~~~\n"
	     "hint: a comment needs white space before it\n"),
	CASE(quotes_do_not_quote,
	     POLICY "cgroup = \"a ; b\"\n"
		    "name = 'x'\n",
	     "t.ini:3:10: error: values are written without quotes\n"
	     "    cgroup = \"a ; b\"\n"
	     "             ^~\n"
	     "t.ini:4:8: error: values are written without quotes\n"
	     "    name = 'x'\n"
	     "           ^~~\n"),
	CASE(a_wrong_line_does_not_hide_errors_behind_it,
	     POLICY "[allow a]\n"
		    "to = 10.0.0.1,\n"
		    "  x = 1\n"
		    "  10.0.0.300\n"
		    "port = 0\n",
	     "t.ini:5:3: error: a key must start in the first column\n"
	     "      x = 1\n"
	     "      ^\n"
	     "hint: an indented line continues the value above it\n"
	     "t.ini:6:3: error: '10.0.0.300' is not an IP address or prefix\n"
	     "      10.0.0.300\n"
	     "      ^~~~~~~~~~\n"
	     "t.ini:7:8: error: port 0 is below 1\n"
	     "    port = 0\n"
	     "           ^\n"),
};

int main(void)
{
	return check_cases(cases, sizeof(cases) / sizeof(*cases));
}
