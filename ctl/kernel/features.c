/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "kernel/features.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "egress/abi.h"

static const struct {
	const char *name;
	const char *what;
	int attach_type;
} hooks[EG_HOOK_COUNT] = {
#define EG_HOOK_ROW(id, text, type, closes) [EG_HOOK_##id] = { text, closes, type },
	EG_HOOKS(EG_HOOK_ROW)
#undef EG_HOOK_ROW
};

const char *eg_features_hook_name(enum eg_hook hook)
{
	return hooks[hook].name;
}

const char *eg_features_hook_what(enum eg_hook hook)
{
	return hooks[hook].what;
}

int eg_features_attach_type(enum eg_hook hook)
{
	return hooks[hook].attach_type;
}

static int try_load(enum eg_hook hook, const struct bpf_insn *insns, size_t n)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = (enum bpf_attach_type)hooks[hook].attach_type);
	enum bpf_prog_type type =
		hook == EG_HOOK_SOCK_CREATE ? BPF_PROG_TYPE_CGROUP_SOCK : BPF_PROG_TYPE_CGROUP_SOCK_ADDR;
	cleanup_close int fd = bpf_prog_load(type, "eg_probe", "GPL", insns, n, &opts);

	return fd < 0 ? fd : 0;
}

#define INSN(op, dst, src, offset, value) \
	{ \
		.code = (op), .dst_reg = (dst), .src_reg = (src), .off = (offset), .imm = (value) \
	}

int eg_features_probe_hook(enum eg_hook hook)
{
	static const struct bpf_insn pass[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};

	return try_load(hook, pass, sizeof(pass) / sizeof(pass[0]));
}

bool eg_features_probe_retval(void)
{
	static const struct bpf_insn set[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, -EACCES),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_set_retval),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	size_t n = sizeof(set) / sizeof(set[0]);

	return !try_load(EG_HOOK_CONNECT4, set, n) && !try_load(EG_HOOK_CONNECT6, set, n) &&
	       !try_load(EG_HOOK_SENDMSG4, set, n) && !try_load(EG_HOOK_SENDMSG6, set, n) &&
	       !try_load(EG_HOOK_SOCK_CREATE, set, n);
}

int eg_features_probe_storage(void)
{
	cleanup_close int fd =
		bpf_map_create(BPF_MAP_TYPE_CGROUP_STORAGE, "eg_probe", 8, sizeof(struct eg_binding), 0, NULL);

	return fd < 0 ? fd : 0;
}

int eg_features_probe_inner(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_INNER_MAP);
	cleanup_close int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "eg_probe", 4, 4, 1, &opts);

	return fd < 0 ? fd : 0;
}

static int lacks(struct eg_err *err, int r, const char *what)
{
	eg_fail(err, r, "this kernel lacks %s: %s", what, strerror(-r));
	eg_err_status(err, EG_EXIT_KERNEL);
	eg_err_hint(err, "5.10 or newer is needed, with CONFIG_CGROUP_BPF; 'egressctl doctor' lists what is there");
	return r;
}

int eg_features_require(struct eg_err *err)
{
	int r = eg_features_probe_inner(), hook;

	if (r == -EPERM) {
		eg_fail(err, r, "the kernel refuses BPF to this process: %s", strerror(-r));
		eg_err_hint(err, "run it as root, or with CAP_BPF and CAP_NET_ADMIN");
		return r;
	}
	if (r)
		return lacks(err, r, "inner array maps of differing size (5.10)");
	r = eg_features_probe_storage();
	if (r)
		return lacks(err, r, "cgroup storage shared by all hooks (5.9)");
	for (hook = 0; hook < EG_HOOK_COUNT; hook++) {
		r = eg_features_probe_hook((enum eg_hook)hook);
		if (r == -EPERM) {
			eg_fail(err, r, "the kernel refuses network programs to this process: %s", strerror(-r));
			eg_err_hint(err, "run it as root, or with CAP_NET_ADMIN beside CAP_BPF");
			return r;
		}
		if (r) {
			char what[64];

			snprintf(what, sizeof(what), "the hook %s", hooks[hook].name);
			return lacks(err, r, what);
		}
	}
	return 0;
}
