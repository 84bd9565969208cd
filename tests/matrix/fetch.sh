#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# fetch.sh KERNEL          prints a directory with `vmlinuz` and `modules/` of Debian's KERNEL
# fetch.sh --knows KERNEL  whether there is such a kernel
#
# Uses an apt of its own (sources, indexes, cache); of the system's it reads the mirror's address and
# the archive keyring. Every package is verified against the suite's signed Release file.
# The cloud flavour: a third of the size, boots faster, and has all we test (selftest.sh proves it).
set -eu

metapackage=linux-image-cloud-amd64
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
index_minutes=1440 # an older index is fetched again

die() {
	echo "fetch.sh: $1" >&2
	exit 1
}

suite_of() {
	case $1 in
	5.10) echo bullseye ;;
	6.1) echo bookworm ;;
	6.12) echo trixie ;;
	7.x) echo sid ;;
	*) return 1 ;;
	esac
}

one_line_mirrors() { # SUITE FILE...: "deb [options] URI suite component..."
	local suite=$1
	shift
	sed -n 's/#.*//; s/\[[^]]*\]//; s/^[[:space:]]*deb[[:space:]]//p' "$@" 2>/dev/null |
		awk -v suite="$suite" '$2 == suite && / main( |$)/ { print $1 }'
}

deb822_mirrors() { # SUITE FILE...
	local suite=$1
	shift
	cat "$@" /dev/null 2>/dev/null | awk -v suite="$suite" '
		function has(key, word) { return index(field[key] " ", " " word " ") > 0 }
		function end_stanza(    uri) {
			if (has("types", "deb") && has("suites", suite) && has("components", "main") && !has("enabled", "no")) {
				split(field["uris"], uri)
				print uri[1]
			}
			split("", field)
		}
		/^#/ { next }
		/^[ \t]*$/ { end_stanza(); next }
		/^[^ \t]/ { key = tolower($0); sub(/:.*/, "", key); sub(/^[^:]*:/, "") }
		{ $1 = $1; field[key] = field[key] " " $0 }
		END { end_stanza() }'
}

system_mirror() {
	local codename
	# shellcheck disable=SC1091
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	{
		deb822_mirrors "$codename" /etc/apt/sources.list.d/*.sources
		one_line_mirrors "$codename" /etc/apt/sources.list /etc/apt/sources.list.d/*.list
	} | head -n 1
}

# The last lines undo what images for containers set: no package cache, and hooks run after an update.
write_apt_conf() {
	local mirror=${EG_MATRIX_MIRROR:-$(system_mirror)}
	[ -n "$mirror" ] || die "no Debian mirror in this system's apt sources: set EG_MATRIX_MIRROR"
	[ -r "$keyring" ] || die "no $keyring: install debian-archive-keyring"
	mkdir -p "$cache/apt/state/lists/partial" "$cache/apt/cache/archives/partial"
	: >"$cache/apt/status"
	echo "deb [arch=amd64 signed-by=$keyring] $mirror $suite main" >"$cache/apt/sources.list"
	cat >"$cache/apt/apt.conf" <<-END
		Dir::State "$cache/apt/state";
		Dir::State::status "$cache/apt/status";
		Dir::Cache "$cache/apt/cache";
		Dir::Etc::sourcelist "$cache/apt/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Dir::Cache::pkgcache "pkgcache.bin";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	END
}

private() { # TOOL ARGUMENT...: an apt tool under our configuration
	local tool=$1
	shift
	LC_ALL=C "$tool" -c "$cache/apt/apt.conf" "$@"
}

# The mirror belongs to the stamp: another mirror is another index.
index_is_fresh() {
	[ -n "$(find "$cache/apt/stamp" -mmin "-$index_minutes" 2>/dev/null)" ] &&
		cmp -s "$cache/apt/stamp" "$cache/apt/sources.list"
}

update_index() {
	index_is_fresh && return
	if ! private apt-get -q update >&2; then
		die "suite $suite cannot be had from the mirror (unreachable, or moved to the archive): set EG_MATRIX_MIRROR to one that has it"
	fi
	cp "$cache/apt/sources.list" "$cache/apt/stamp"
}

depends_of() { # PACKAGE
	private apt-cache depends --important "$1" | sed -n 's/^ *|*Depends: //p'
}

# The image and, where the kernel is split (sid: the image is then empty), the packages of the same build.
packages_of() { # IMAGE
	echo "$1"
	depends_of "$1" | grep -Fx -e "linux-binary-${1#linux-image-}" -e "linux-modules-${1#linux-image-}" || :
}

unpack() { # IMAGE DIR: vmlinuz and modules have moved between releases; give them one place
	local package deb
	rm -rf "$cache/new"
	mkdir -p "$cache/new/debs"
	for package in $(packages_of "$1"); do
		(cd "$cache/new/debs" && private apt-get -q download "$package" >&2) || die "could not download $package"
	done
	for deb in "$cache"/new/debs/*.deb; do
		dpkg-deb -x "$deb" "$cache/new"
	done
	(
		cd "$cache/new"
		rm -r debs
		ln -s "$(find . -type f -name 'vmlinuz*' | head -n 1)" vmlinuz
		ln -s "$(find . -type d -path '*/lib/modules/*' -prune | head -n 1)" modules
		[ -f vmlinuz ] && [ -d modules/kernel ]
	) || die "$1 holds no kernel where one was looked for"
	rm -rf "$cache"/linux-image-*
	mv "$cache/new" "$2"
}

fetch() { # KERNEL
	local image version
	write_apt_conf
	update_index
	image=$(depends_of "$metapackage" | grep -m 1 '^linux-image-[0-9]') || die "$suite has no $metapackage"
	case $image in
	"linux-image-${1%.x}."*) ;;
	*) die "$suite carries $image, which is not a $1" ;;
	esac
	version=$(private apt-cache show --no-all-versions "$image" | sed -n 's/^Version: //p')
	[ -d "$cache/${image}_$version" ] || unpack "$image" "$cache/${image}_$version"
	echo "$cache/${image}_$version"
}

if [ "${1:-}" = --knows ]; then
	suite_of "${2:-}" >/dev/null
	exit
fi
suite=$(suite_of "${1:-}") || die "unknown kernel '${1:-}'"
cache=${EG_MATRIX_CACHE:-${XDG_CACHE_HOME:-/var/cache}/egressctl-matrix}/$suite
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
exec 9>"$cache/lock"
flock 9
fetch "$1"
