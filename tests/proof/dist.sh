#!/bin/bash
# dist.sh: make dist twice gives the same bytes, the files of the last commit; what is unpacked
# builds, runs and installs.
set -eu
set -o pipefail
cd "$(dirname "$0")/../.."
dir=$PWD/build/check/dist
rm -rf "$dir"
mkdir -p "$dir"
version=$(git show HEAD:include/moat/moat.h | sed -n 's/^#define MOAT_VERSION "\(.*\)"$/\1/p')
archive=moat-$version.tar.gz

make -s dist
cp "build/$archive" "$dir/first.tar.gz"
# A clone by somebody else: other file times, modes and time zone.
(umask 077 && git clone -q . "$dir/clone")
(umask 077 && TZ=Asia/Tokyo make -s -C "$dir/clone" dist)
cmp "$dir/first.tar.gz" "$dir/clone/build/$archive"

tar -xzf "$dir/first.tar.gz" -C "$dir"
(cd "$dir/moat-$version" && find . -type f -printf '%P\n' | sort) > "$dir/unpacked"
git ls-tree -r --name-only HEAD | sort | diff - "$dir/unpacked"
[ "$(tar -tvzf "$dir/first.tar.gz" | awk '{print $2, $4, $5}' | sort -u | wc -l)" = 1 ] # one owner, one time

# No git in there: what is above it is another project as far as it knows.
export GIT_CEILING_DIRECTORIES=$dir
cd "$dir/moat-$version"
make -s -j"$(nproc)" CC=gcc all
[ "$(build/moat --version)" = "moat $version" ]
export MOAT_HOME=$dir/home
mkdir "$MOAT_HOME"
build/moat init drive --client-id app --auth none
build/moat url drive | grep -q '^https://login.microsoftonline.com/common/oauth2/v2.0/authorize?'
make -s install CC=gcc DESTDIR="$dir/installed" PREFIX=/usr
[ -f "$dir/installed/usr/share/man/man1/moat.1" ]
