/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Proves that a matrix guest has what the kernel tests build on. Needs no library: bpf(2) by hand.
 * Runs on its own too, as root.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CGROUP "/sys/fs/cgroup/eg-environment"
#define PIN "/sys/fs/bpf/eg-environment"

static int results, failures;

static void result(bool passed, const char *name)
{
	int error = errno;

	printf("%sok %d - %s\n", passed ? "" : "not ", ++results, name);
	if (passed)
		return;
	failures++;
	printf("# errno: %s\n", strerror(error));
}

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int load_denier(enum bpf_attach_type type)
{
	struct bpf_insn deny[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
		.expected_attach_type = type,
		.insns = (unsigned long)deny,
		.insn_cnt = 2,
		.license = (unsigned long)"GPL",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

static int link_denier(int cgroup, enum bpf_attach_type type)
{
	union bpf_attr attr = { 0 };

	attr.link_create.prog_fd = load_denier(type);
	attr.link_create.target_fd = cgroup;
	attr.link_create.attach_type = type;
	return bpf(BPF_LINK_CREATE, &attr);
}

static bool pin_link(int link)
{
	union bpf_attr attr = { .pathname = (unsigned long)PIN, .bpf_fd = link };

	return bpf(BPF_OBJ_PIN, &attr) == 0;
}

/* Not by closing and unlinking alone: the kernel frees a link whose last reference was a pin after a grace period. */
static bool detach_link(int link)
{
	union bpf_attr attr = { 0 };

	attr.link_detach.link_fd = link;
	return bpf(BPF_LINK_DETACH, &attr) == 0;
}

static bool join(const char *cgroup)
{
	char path[128];
	int fd;
	bool joined;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY);
	joined = fd >= 0 && write(fd, "0", 1) == 1;
	close(fd);
	return joined;
}

/* 0 or errno of a UDP connect to the loopback */
static int connect_loopback(int family)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr *address = family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
	int fd = socket(family, SOCK_DGRAM, 0);
	int error;

	if (fd < 0)
		return errno;
	error = connect(fd, address, family == AF_INET ? sizeof(v4) : sizeof(v6)) ? errno : 0;
	close(fd);
	return error;
}

static void test_hook(enum bpf_attach_type type, int family, const char *name)
{
	int cgroup = open(CGROUP, O_RDONLY | O_DIRECTORY);
	int link = link_denier(cgroup, type);
	bool linked = link >= 0;
	bool pinned = linked && pin_link(link);
	bool outside, inside, after;
	char text[64];

	outside = connect_loopback(family) == 0;
	inside = join(CGROUP) && connect_loopback(family) == EPERM;
	after = detach_link(link) && connect_loopback(family) == 0;
	close(link);
	unlink(PIN);
	join("/sys/fs/cgroup");
	close(cgroup);

	snprintf(text, sizeof(text), "%s denies inside the cgroup only", name);
	result(linked && outside && inside && after, text);
	snprintf(text, sizeof(text), "a link of %s can be pinned", name);
	result(pinned, text);
}

static void test_sock_diag(int protocol, const char *name)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 request;
	} message = {
		.header = { .nlmsg_len = sizeof(message),
			    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.request = { .sdiag_family = AF_INET, .sdiag_protocol = (__u8)protocol, .idiag_states = ~0U },
	};
	char answer[8192];
	struct nlmsghdr *header = (struct nlmsghdr *)answer;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	ssize_t length;

	send(fd, &message, sizeof(message), 0);
	length = recv(fd, answer, sizeof(answer), 0);
	close(fd);
	result(length >= (ssize_t)sizeof(*header) && header->nlmsg_type != NLMSG_ERROR, name);
}

static void test_socket(int type, int protocol, const char *name)
{
	int fd = socket(AF_INET, type, protocol);

	result(fd >= 0, name);
	close(fd);
}

static bool reads(const char *path, char first)
{
	FILE *file = fopen(path, "r");
	int byte = file ? fgetc(file) : EOF;

	if (file)
		fclose(file);
	return byte == first;
}

int main(void)
{
	result(mkdir(CGROUP, 0755) == 0, "a cgroup can be made");
	test_hook(BPF_CGROUP_INET4_CONNECT, AF_INET, "connect4");
	test_hook(BPF_CGROUP_INET6_CONNECT, AF_INET6, "connect6");
	result(rmdir(CGROUP) == 0, "the cgroup can be removed");
	result(access("/sys/kernel/btf/vmlinux", R_OK) == 0, "the kernel has BTF");
	result(reads("/proc/sys/net/core/bpf_jit_enable", '1'), "the BPF JIT is on");
	test_sock_diag(IPPROTO_TCP, "TCP sockets can be listed");
	test_sock_diag(IPPROTO_UDP, "UDP sockets can be listed");
	test_socket(SOCK_STREAM, IPPROTO_SCTP, "there is SCTP");
	test_socket(SOCK_RAW, IPPROTO_ICMP, "there are raw sockets");
	result(system("ip link add eg-dummy type dummy && ip link del eg-dummy") == 0, "there is dummy");
	result(system("ip link add eg-veth type veth && ip link del eg-veth") == 0, "there is veth");
	result(access("/dev/net/tun", R_OK | W_OK) == 0, "there is tun");
	printf("1..%d\n", results);
	return failures > 0;
}
