# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

# the build may be where only its owner can read
chmod 755 "$tmp"
mkdir "$tmp/bin"
cp "$egressctl" "$tmp/bin/egressctl"
policy web a <<END
[allow local]
to = @loopback, @self, @resolvers
[expect]
allow = tcp:127.0.0.1:80
END

# As nobody, without a capability, where there is neither bpffs nor cgroup2.
nobody() {
	# shellcheck disable=SC2016
	unshare -m -- bash -c 'mount -t tmpfs none /sys/fs/bpf && mount -t tmpfs none "$0" &&
		exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"' \
		"$mount" "$tmp/bin/egressctl" "$@"
}

expect_status 0 nobody validate "$tmp/web.ini"
expect_out 'web\.ini +yes +web +1 '
expect_status 0 nobody check "$tmp/web.ini" tcp:127.0.0.1:80
expect_out "^tcp:127.0.0.1:80 +allowed by \[allow local\] \($tmp/web\.ini:[0-9]+\)\$"
expect_status 4 nobody check "$tmp/web.ini" tcp:192.0.2.1:80
expect_status 1 nobody diff "$tmp/web.ini"
expect_err 'CAP_BPF'
chmod 600 "$tmp/web.ini"
expect_status 1 nobody validate "$tmp/web.ini"
expect_err 'web\.ini: error: cannot open: Permission denied'
expect_nothing_left
