#!/bin/sh
# deb.sh VERSION: packages for the Debian that this machine runs, from build/moat-VERSION.tar.gz, in build/deb.
# lintian may find no error and give no warning. `make deb` calls it.
set -eu
cd "$(dirname "$0")/../.."
version=$1 out=build/deb
unset MAKEFLAGS WERROR # debian/ says how the packages are built
export DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-nocheck}" # make test runs the unit tests
rm -rf "$out"
mkdir -p "$out"
cp "build/moat-$version.tar.gz" "$out/moat_$version.orig.tar.gz"
cd "$out"
tar -xzf "moat_$version.orig.tar.gz"
cp -r "moat-$version/port/packages/debian" "moat-$version/"
(cd "moat-$version" && dpkg-buildpackage -us -uc) > build.log 2>&1 || { tail -n 40 build.log; exit 1; }
rm -r "moat-$version"
lintian --allow-root --fail-on error,warning ./*.changes
ls ./*.deb
