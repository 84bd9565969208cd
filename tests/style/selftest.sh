#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The style tests find what they are there for: each passes on a small tree, and fails, saying why, on the same
# tree with one thing wrong.
set -eu
source=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
licence='/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */'
bad=0

make_tree() {
	rm -rf "$work/tree" "$work/build"
	mkdir -p "$work"/tree/{bpf,ctl/base,include/egress,tests/lib} "$work/build/bpf"
	cd "$work/tree"
	cp "$source/.clang-format" "$source/.clang-tidy" .
	printf '%s\n' "$licence" | tee ctl/egressctl.c tests/lib/world.c tests/lib/world.h include/egress/abi.h >bpf/maps.h
	cat >bpf/connect.bpf.c <<END
$licence
#include "maps.h"
int eg_connect4(const int *ctx);

int eg_connect4(const int *ctx)
{
	return *ctx;
}
END
	cat >ctl/base/word.h <<END
$licence
/* The length of a word. */
unsigned int eg_word_length(const char *word);
END
	cat >ctl/base/word.c <<END
$licence
#include "base/word.h"

#include <string.h>

unsigned int eg_word_length(const char *word)
{
	return (unsigned int)strlen(word);
}
END
	echo 's->maps[0].name = "slots";' >"$work/build/bpf/egress.skel.h"
	echo "[{ \"directory\": \"$PWD\", \"file\": \"$PWD/ctl/base/word.c\", \"command\": \"cc -Ictl -c ctl/base/word.c\" }]" \
		>"$work/build/compile_commands.json"
}

run() { # TEST
	if [ "$1" = contracts ]; then
		gcc -Ictl -c ctl/base/word.c -o "$work/word.o"
		ar rc "$work/build/libeg_base.a" "$work/word.o"
	fi
	bash "$source/tests/style/$1.sh" "$work/tree" "$work/build" >"$work/output" 2>&1
}

clean() { # TEST
	make_tree
	run "$1" && return
	echo "$1.sh finds something in the clean tree:"
	cat "$work/output"
	bad=1
}

wrong() { # TEST WHAT-IT-MUST-SAY COMMAND-THAT-SPOILS-THE-TREE
	make_tree
	eval "$3"
	if run "$1"; then
		echo "$1.sh passes after: $3"
	elif ! grep -qF -- "$2" "$work/output"; then
		echo "$1.sh does not say '$2' after: $3"
		cat "$work/output"
	else
		return 0
	fi
	bad=1
}

clean format
wrong format 'code should be clang-formatted' 'echo "int  x;" >>ctl/base/word.h'
wrong format 'clang-format off' 'echo "/* clang-format off */" >>tests/lib/world.h'

clean tidy
wrong tidy '[bugprone-suspicious-semicolon' 'sed -i "s/return/if (!*word);\n	return/" ctl/base/word.c'
wrong tidy 'ctl/base/word.h:4:36: error' 'echo "static inline int f(int a) { if (a); return 0; }" >>ctl/base/word.h'
wrong tidy '[bugprone-sizeof-expression' 'sed -i "s/return/return (int)sizeof(sizeof(*ctx)) +/" bpf/connect.bpf.c'
wrong tidy '[misc-unused-parameters' 'echo "static int f(int a) { return 0; }" >>tests/lib/world.c'
wrong tidy 'no reason why -cert-err33-c' 'sed -i "/^# cert-err33-c/d" .clang-tidy'
wrong tidy '/* NOLINT */' 'echo "/* NOLINT */" >>tests/lib/world.h'

clean house
wrong house 'ctl/base/word.h: no SPDX line' 'sed -i 1d ctl/base/word.h'
wrong house 'ctl/base/word.h: 603 lines, more than 600' 'yes "" | head -n 600 >>ctl/base/word.h'
wrong house 'tests/lib/world.c: 851 lines, more than 850' 'yes "" | head -n 850 >>tests/lib/world.c'
wrong house 'ctl/base/word.c:7: a function of 81 lines' 'yes "" | head -n 80 | sed -i "/^{/r /dev/stdin" ctl/base/word.c'
wrong house 'no TODO' 'echo "/* TODO */" >>bpf/maps.h'

clean layers
wrong layers "base may not include 'policy/rule.h'" 'echo "#include \"policy/rule.h\"" >>ctl/base/word.h'
wrong layers "'word.h' lacks its folder" 'sed -i s,base/,, ctl/base/word.c'
wrong layers 'only kernel/ may include the skeleton' 'echo "#include \"egress.skel.h\"" >>ctl/base/word.c'
wrong layers 'ctl/base/word.c: libbpf is for kernel/' 'echo "#include <bpf/bpf.h>" >>ctl/base/word.c'
wrong layers 'ctl/base/word.c: libnl is for net/' 'echo "#include <netlink/netlink.h>" >>ctl/base/word.c'
wrong layers 'ctl/base/word.c: inih is for policy/' 'echo "#include <ini.h>" >>ctl/base/word.c'
wrong layers 'ctl/policy/word.c: nothing prints below cmd/' 'mkdir ctl/policy; echo "	puts(word);" >>ctl/policy/word.c'
wrong layers 'bpf/connect.bpf.c: bpf/ sees only include/' 'echo "#include \"base/word.h\"" >>bpf/connect.bpf.c'
wrong layers 'include/egress/abi.h: include/ sees only itself' 'echo "#include \"base/word.h\"" >>include/egress/abi.h'

clean contracts
wrong contracts 'ctl/base/word.h:2: eg_word_length has no contract' 'sed -i 2d ctl/base/word.h'
wrong contracts 'ctl/base/word.h:5: eg_word_end has no contract' 'printf "\nvoid eg_word_end(int a,\n\tint b);\n" >>ctl/base/word.h'
wrong contracts 'include/egress/abi.h:2: eg_length is not named after its file' \
	'printf "%s\n" "static inline int eg_length(void)" { "}" >>include/egress/abi.h'
wrong contracts 'eg_twice: a static has no prefix' 'echo "static int eg_twice(struct eg_word *w, int n)" >>tests/lib/world.c'
wrong contracts 'is a mutable global' 'sed -i "s/	return/	static int calls = 3; return ++calls +/" ctl/base/word.c'
wrong contracts 'ctl/base: cache is a mutable global' 'echo "static char cache[9]; char *eg_word_at(void) { return cache; }" >>ctl/base/word.c'
wrong contracts 'libeg_net.a is not built' 'mkdir ctl/net'
wrong contracts 'eg_much_too_long is longer than 15' 'echo "s->progs[1].name = \"eg_much_too_long\";" >>"$work/build/bpf/egress.skel.h"'
wrong contracts 'a_map_of_16_byte is longer than 15' 'echo "int a = bpf_map_create(1, \"a_map_of_16_byte\");" >>ctl/egressctl.c'
exit $bad
