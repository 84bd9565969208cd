#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# initramfs.sh KERNEL_DIR OUT BINARY...: a guest's whole file system. Tests go to /tests, other
# binaries to /bin. Not compressed: the guest, being emulated, would unpack more slowly than it reads.
set -eu

here=$(cd "$(dirname "$0")" && pwd)

# Sockets are listed and killed through the diag modules; interfaces and protocols are for the tests' traffic.
modules="tcp_diag udp_diag raw_diag unix_diag dummy veth tun sctp"

die() {
	echo "initramfs.sh: $1" >&2
	exit 1
}

is_builtin() { # MODULE
	grep -q "/${1//_/[-_]}\.ko$" "$kernel_dir/modules/modules.builtin"
}

# Copies a module after those it depends on, and notes that order. The packages carry no modules.dep.
add_module() { # MODULE
	local file target=$root/modules/$1.ko dependency
	[ ! -e "$target" ] || return 0
	file=$(find "$kernel_dir/modules/kernel" -name "${1//_/[-_]}.ko*" | head -n 1)
	if [ -z "$file" ]; then
		is_builtin "$1" || die "this kernel has no module $1"
		return 0
	fi
	case $file in
	*.ko) cp "$file" "$target" ;;
	*.ko.xz) busybox xzcat "$file" >"$target" ;;
	*) die "do not know how to unpack $file" ;;
	esac
	for dependency in $(tr '\0' '\n' <"$target" | sed -n 's/^depends=//p' | tr ',' ' '); do
		add_module "$dependency"
	done
	echo "$1" >>"$root/modules/order"
}

add_binaries() {
	local file
	for file in "$@"; do
		case ${file##*/} in
		test_kernel_* | kernel_*) cp -L "$file" "$root/tests/" ;;
		*) cp -L "$file" "$root/bin/" ;;
		esac
	done
}

# Names that policies and programs look up; addresses are of the documentation ranges.
add_etc() {
	printf '%s\n' 'root:x:0:0::/root:/bin/sh' 'nobody:x:65534:65534::/:/bin/false' >"$root/etc/passwd"
	printf '%s\n' 'root:x:0:' 'nogroup:x:65534:' >"$root/etc/group"
	printf '%s\n' '127.0.0.1 localhost' '::1 localhost' >"$root/etc/hosts"
	printf '%s\n' 'nameserver 192.0.2.53' >"$root/etc/resolv.conf"
	printf '%s\n' 'ssh 22/tcp' 'domain 53/tcp' 'domain 53/udp' 'http 80/tcp' 'ntp 123/udp' \
		'https 443/tcp' 'https 443/udp' >"$root/etc/services"
}

kernel_dir=$1
out=$2
shift 2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,dev,etc,modules,proc,root,run,sys,tests,tmp}
: >"$root/modules/order"
cp "$here/init" "$root/init"
chmod 755 "$root" "$root/init"
cp "$(command -v busybox)" "$root/bin/busybox"
for module in $modules; do
	add_module "$module"
done
add_binaries "$@"
add_etc
(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$out"
