#!/bin/bash
# distro.sh 13 [COMMAND ...]: a Debian 13 in a folder of build/, and in it what README.md says to somebody new:
# make demo and make test; then the end-to-end tests. The last line is "N passed, N failed". Where there can be
# no such folder, it says why and ends with 0. A COMMAND is run instead, in the folder as the last run left it.
#
# Each run begins with what debootstrap made, so each target of make has to install what it needs.
set -eu
cd "$(dirname "$0")/.."
. tests/count.sh
. tests/chroot.sh

purpose=distro
most_seconds=3000 # four times what it takes beside other work
space_kb=3000000 # half of it is used
end_to_end=(lab keep recipes proxy) # what these tests need, by the names of tests/setup.sh

copy_project() {
  tar --exclude=./build --exclude=./.git --exclude=node_modules -c . | tar -C "$folder/moat" --no-same-owner -x
}

[ $# != 0 ] || set -- 13
begin "$@"
copy_project
if [ ${#command[@]} != 0 ]; then
  inside "${command[@]}"
  exit
fi
# shellcheck disable=SC2046
download $(inside tests/setup.sh --list base qr unit "${end_to_end[@]}") npm nodejs ||
  skip "packages cannot be had: $(reason)"
one "Debian $release: make demo" inside make demo
closing "Debian $release: make test" inside make test
one "Debian $release: make examples" inside make examples
one "Debian $release: what the end-to-end tests need" inside tests/setup.sh "${end_to_end[@]}"
closing "Debian $release: end to end" inside env YEAR=no tests/e2e/run.sh
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
