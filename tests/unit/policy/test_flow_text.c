/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "policy/flow_text.h"

static struct eg_flow_text parse(const char *text)
{
	struct eg_flow_text flow;
	char why[256];

	memset(&flow, 0xa5, sizeof(flow));
	if (eg_flow_text_parse(text, &flow, why, sizeof(why)))
		fail_msg("%s", why);
	return flow;
}

/* Both texts: what is printed for text, and for what was printed. */
static void assert_prints(const char *text, const char *expected)
{
	struct eg_flow_text flow = parse(text), again;
	char buf[EG_FLOW_TEXT_SIZE];

	assert_string_equal(eg_flow_text_print(&flow, buf, sizeof(buf)), expected);
	again = parse(buf);
	assert_int_equal(again.is_unix, flow.is_unix);
	assert_string_equal(again.unix_path, flow.unix_path);
	assert_memory_equal(&again.flow, &flow.flow, sizeof(flow.flow));
}

static void a_flow_has_a_class_an_address_and_a_port(void **unused)
{
	struct eg_flow_text flow = parse("tcp:192.0.2.1:443");
	static const __u8 v4[16] = { 192, 0, 2, 1 };
	static const __u8 v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };

	(void)unused;
	assert_false(flow.is_unix);
	assert_string_equal(flow.unix_path, "");
	assert_int_equal(flow.flow.family, 4);
	assert_int_equal(flow.flow.class, EG_CLASS_TCP);
	assert_int_equal(flow.flow.port, 443);
	assert_memory_equal(flow.flow.addr, v4, sizeof(v4));
	flow = parse("udp:[2001:db8::1]:65535");
	assert_int_equal(flow.flow.family, 6);
	assert_int_equal(flow.flow.class, EG_CLASS_UDP);
	assert_int_equal(flow.flow.port, 65535);
	assert_memory_equal(flow.flow.addr, v6, sizeof(v6));
	flow = parse("icmp:2001:db8::1");
	assert_int_equal(flow.flow.class, EG_CLASS_ICMP);
	assert_int_equal(flow.flow.port, 0);
	assert_memory_equal(flow.flow.addr, v6, sizeof(v6));
	flow = parse("other:192.0.2.1");
	assert_int_equal(flow.flow.class, EG_CLASS_OTHER);
	assert_memory_equal(flow.flow.addr, v4, sizeof(v4));
}

static void a_unix_flow_has_a_path_or_a_name(void **unused)
{
	static const struct eg_flow none;
	struct eg_flow_text flow = parse("unix:/run/docker.sock");

	(void)unused;
	assert_true(flow.is_unix);
	assert_string_equal(flow.unix_path, "/run/docker.sock");
	assert_memory_equal(&flow.flow, &none, sizeof(none));
	assert_string_equal(parse("unix:@name").unix_path, "@name");
	assert_string_equal(parse("unix:/run/a b:c").unix_path, "/run/a b:c");
}

static void a_unix_path_has_at_most_107_bytes(void **unused)
{
	struct eg_flow_text flow, before;
	char text[5 + 108 + 1] = "unix:/", why[256];

	(void)unused;
	memset(text + 6, 'x', 106);
	assert_prints(text, text);
	text[5 + 107] = 'x';
	memset(&before, 0xa5, sizeof(before));
	flow = before;
	assert_int_equal(eg_flow_text_parse(text, &flow, why, sizeof(why)), -EINVAL);
	assert_memory_equal(&flow, &before, sizeof(flow));
	assert_non_null(strstr(why, "at most 107 bytes"));
}

static void prints_what_parses_to_the_same(void **unused)
{
	static const char *const cases[][2] = {
		{ "tcp:192.0.2.1:1", "tcp:192.0.2.1:1" },
		{ "udp:255.255.255.255:65535", "udp:255.255.255.255:65535" },
		{ "tcp:[2001:DB8:0::1]:443", "tcp:[2001:db8::1]:443" },
		{ "icmp:192.0.2.1", "icmp:192.0.2.1" },
		{ "icmp:2001:db8::1", "icmp:[2001:db8::1]" },
		{ "icmp:[2001:db8::1]", "icmp:[2001:db8::1]" },
		{ "icmp:::1", "icmp:[::1]" },
		{ "other:192.0.2.1", "other:192.0.2.1" },
		{ "other:fe80::1", "other:[fe80::1]" },
		{ "unix:/run/docker.sock", "unix:/run/docker.sock" },
		{ "unix:/run/../docker.sock", "unix:/run/../docker.sock" },
		{ "unix:@name", "unix:@name" },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_prints(cases[i][0], cases[i][1]);
}

static void mapped_and_unspecified_addresses_are_what_they_are_judged_as(void **unused)
{
	(void)unused;
	assert_prints("tcp:[::ffff:192.0.2.1]:443", "tcp:192.0.2.1:443");
	assert_prints("icmp:::ffff:192.0.2.1", "icmp:192.0.2.1");
	assert_prints("tcp:0.0.0.0:80", "tcp:127.0.0.1:80");
	assert_prints("tcp:[::]:80", "tcp:[::1]:80");
	assert_prints("tcp:[::ffff:0.0.0.0]:80", "tcp:127.0.0.1:80");
}

static void a_print_is_cut_to_its_buffer(void **unused)
{
	struct eg_flow_text flow = parse("tcp:192.0.2.1:443");
	char buf[8];

	(void)unused;
	assert_string_equal(eg_flow_text_print(&flow, buf, sizeof(buf)), "tcp:192");
}

static void refuses_with_what_to_write_instead(void **unused)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		/* protocols */
		{ "", "an empty flow" },
		{ "tpc:192.0.2.1:443", "did you mean 'tcp:...'" },
		{ "TCP:192.0.2.1:443", "did you mean 'tcp:...'" },
		{ "icmp6:::1", "did you mean 'icmp:...'" },
		{ " tcp:192.0.2.1:443", "did you mean 'tcp:...'" },
		{ "quic:192.0.2.1:443", "does not start with tcp:" },
		{ "example.com:443", "does not start with tcp:" },
		{ "192.0.2.1:443", "no protocol: write tcp:" },
		{ "192.0.2.1", "no protocol: write tcp:" },
		{ "[2001:db8::1]:443", "no protocol: write tcp:" },
		{ "::1", "no protocol: write tcp:" },
		{ "/run/docker.sock", "write unix:/run/docker.sock" },
		{ "@name", "write unix:@name" },
		/* addresses */
		{ "tcp", "lacks an address" },
		{ "tcp:", "lacks an address" },
		{ "tcp::443", "lacks an address" },
		{ "tcp:[]:443", "lacks an address" },
		{ "tcp:example.com:443", "host names are not resolved: write an address" },
		{ "icmp:localhost", "host names are not resolved" },
		{ "tcp:any:443", "host names are not resolved" },
		{ "tcp:@loopback:443", "names a set" },
		{ "tcp:dead:443", "'dead' is not an IP address" },
		{ "tcp:010.0.0.1:443", "'010.0.0.1' is not an IP address" },
		{ "tcp:10.1:443", "'10.1' is not an IP address" },
		{ "tcp:[1::2::3]:443", "'1::2::3' is not an IP address" },
		{ "tcp:10.0.0.0/8:443", "has a prefix length" },
		{ "icmp:2001:db8::/32", "has a prefix length" },
		{ "icmp:fe80::1%eth0", "has a zone" },
		{ "tcp:[fe80::1%eth0]:443", "has a zone" },
		{ "tcp: 192.0.2.1:443", "has white space" },
		{ "icmp:192.0.2.1 ", "has white space" },
		/* brackets */
		{ "tcp:2001:db8::1:443", "stands in brackets, like tcp:[2001:db8::1]:443" },
		{ "udp:::1", "stands in brackets, like udp:" },
		{ "tcp:::ffff:192.0.2.1:443", "stands in brackets" },
		{ "tcp:[192.0.2.1]:443", "only an IPv6 address stands in brackets" },
		{ "tcp:[2001:db8::1:443", "lacks a ']'" },
		{ "tcp:[2001:db8::1]443", "goes on behind the ']'" },
		/* ports */
		{ "tcp:192.0.2.1", "lacks a port: write tcp:192.0.2.1:443" },
		{ "tcp:[::1]", "lacks a port: write tcp:[::1]:443" },
		{ "tcp:192.0.2.1:", "lacks a port" },
		{ "tcp:192.0.2.1:https", "'https' is not a port, write a number" },
		{ "tcp:192.0.2.1:80-90", "'80-90' is not a port" },
		{ "tcp:192.0.2.1:80:90", "'80:90' is not a port" },
		{ "tcp:192.0.2.1:+80", "'+80' is not a port" },
		{ "tcp:192.0.2.1:080", "'080' is not a port" },
		{ "tcp:192.0.2.1:0x50", "'0x50' is not a port" },
		{ "tcp:192.0.2.1:443 ", "'443 ' is not a port" },
		{ "tcp:192.0.2.1:0", "port 0 is below 1" },
		{ "tcp:192.0.2.1:65536", "port 65536 is above 65535" },
		{ "tcp:192.0.2.1:18446744073709551697", "is above 65535" },
		{ "icmp:192.0.2.1:8", "has a port: flows of 'icmp' have none" },
		{ "icmp:[::1]:8", "has a port: flows of 'icmp' have none" },
		{ "other:192.0.2.1:80", "has a port: flows of 'other' have none" },
		/* unix */
		{ "unix:", "neither an absolute path nor an @name" },
		{ "unix", "neither an absolute path nor an @name" },
		{ "unix:docker.sock", "'docker.sock' is neither an absolute path nor an @name" },
		{ "unix:@", "an empty name" },
	};
	struct eg_flow_text flow, before;
	char why[256];
	size_t i;

	(void)unused;
	memset(&before, 0xa5, sizeof(before));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		flow = before;
		why[0] = '\0';
		if (eg_flow_text_parse(bad[i].text, &flow, why, sizeof(why)) != -EINVAL || !strstr(why, bad[i].why))
			fail_msg("'%s' is told: %s", bad[i].text, why);
		assert_non_null(strstr(why, bad[i].text));
		assert_memory_equal(&flow, &before, sizeof(flow));
	}
}

static void a_long_text_is_refused_as_a_short_one(void **unused)
{
	static const char *const starts[] = { "", "tcp:", "tcp:[", "icmp:1:", "tcp:1.2.3.4:", "unix:/" };
	struct eg_flow_text flow;
	char text[1024], why[64];
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		memset(text, '1', sizeof(text));
		memcpy(text, starts[i], strlen(starts[i]));
		text[sizeof(text) - 1] = '\0';
		assert_int_equal(eg_flow_text_parse(text, &flow, why, sizeof(why)), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flow_has_a_class_an_address_and_a_port),
		cmocka_unit_test(a_unix_flow_has_a_path_or_a_name),
		cmocka_unit_test(a_unix_path_has_at_most_107_bytes),
		cmocka_unit_test(prints_what_parses_to_the_same),
		cmocka_unit_test(mapped_and_unspecified_addresses_are_what_they_are_judged_as),
		cmocka_unit_test(a_print_is_cut_to_its_buffer),
		cmocka_unit_test(refuses_with_what_to_write_instead),
		cmocka_unit_test(a_long_text_is_refused_as_a_short_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
