# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
. "$(dirname "$0")/../lib.sh"

policy web <<END
[allow dns]
to = @loopback, 10.0.0.0/24
port = 53, 5353
[deny mail]
proto = tcp
port = 25
[allow never]
to = 10.0.0.7
port = 53
proto = udp
[allow dead]
to = 10.0.0.8
port = 25
proto = tcp
END
expect_status 0 EG apply "$tmp/web.ini"
expect_status 0 EG show web
expect_quiet
expect_out '^KIND .*IPV4 ANSWERS +IPV6 ANSWERS +DECIDES$' \
	'^allow +dns +4 +0 +3 +1 +tcp,udp 53, 5353$' '^deny +mail +7 +0 +4 +2 +tcp 25$' \
	'^allow +never +10 +0 +1 +0 +udp 53$' '^allow +dead +14 +0 +0 +0 *$'
expect_status 0 EG show web --json
expect_json '.rules[0] | .ipv4_answers == 3 and .ipv6_answers == 1 and .decides == "tcp,udp 53, 5353"'

# Tables are read by their ids, for which the kernel wants CAP_SYS_ADMIN: without it the rest is shown.
few=(setpriv --bounding-set=-all,+bpf,+net_admin --inh-caps=-all "$egressctl" --bpffs "$bpffs" --run-dir "$run_dir")
expect_status 0 "${few[@]}" show web
expect_err 'note: .*CAP_SYS_ADMIN'
expect_out '^allow +dns +4 +0$'
expect_status 1 "${few[@]}" show web --compiled
expect_err 'CAP_SYS_ADMIN' 'hint: .*root'
