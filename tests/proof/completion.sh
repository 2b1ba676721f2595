#!/bin/bash
# completion.sh MOAT: what bash offers, word for word and against the program's own help. TAP.
set -u
cd "$(dirname "$0")/../.." || exit
moat=$1
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export MOAT_HOME=$home
unset XDG_CONFIG_HOME
touch "$home/drive.conf" "$home/data.conf" "$home/music.conf" "$home/\$(touch pwned) x.conf" "$home/note.txt"
# shellcheck source=/dev/null
. examples/cli/moat.bash

n=0
check() { # NAME GOT WANTED
  n=$((n + 1))
  if [ "$2" = "$3" ]; then echo "ok $n - $1"; else
    printf 'not ok %s - %s\n' "$n" "$1"
    printf '# got    %s\n# wanted %s\n' "${2//$'\n'/ }" "${3//$'\n'/ }"
  fi
}
offered() { # WORD ...: after these words, the cursor at the end of the last; a line each
  COMP_WORDS=(moat "$@") COMP_CWORD=$#
  _moat "$moat"
  printf '%s\n' "${COMPREPLY[@]}"
}
lines() { printf '%s\n' "$@"; }

commands=$("$moat" --help | awk '/^  moat / {print $2}')
check 'the commands' "$(offered '')" "$commands"
check 'there are nine or more of them' "$([ "$(grep -c . <<< "$commands")" -ge 9 ] && echo yes)" yes
check 'a command that was begun' "$(offered ex)" "$(lines exchange export)"
check 'options without a command' "$(offered --)" "$(lines --help --version)"
for command in $commands; do
  options=$("$moat" "$command" --help | awk '/^Options:/ {on = 1; next} on {print $1}')
  check "the options of $command" "$(offered "$command" drive -)" "$options"
  check "$command takes --timeout" "$(offered "$command" drive --ti)" --timeout
done
check 'options also where no dash is' "$(offered logout drive '' | head -n 1)" --timeout

check 'names' "$(offered token '')" "$(lines data drive music)"
check 'names that were begun' "$(offered token d)" "$(lines data drive)"
check 'no name for init, which makes one' "$(offered init '')" ''
check 'no name for list, which takes none' "$(offered list '')" ''
check 'a name after options' "$(offered export --format env -o x m)" music
check 'a flag has no value that a name would be' "$(offered status --json m)" music
check 'further names for keep' "$(offered keep drive d)" "$(lines data drive)"
HOME=$home/h XDG_CONFIG_HOME=$home/x
mkdir -p "$HOME/.config/moat" "$XDG_CONFIG_HOME/moat"
touch "$HOME/.config/moat/at-home.conf" "$XDG_CONFIG_HOME/moat/xdg.conf"
check 'MOAT_HOME comes first' "$(offered token '')" "$(lines data drive music)"
unset MOAT_HOME
check 'then XDG_CONFIG_HOME' "$(offered token '')" xdg
unset XDG_CONFIG_HOME
check 'then the home' "$(offered token '')" at-home
HOME=$home/none
check 'no profiles, no names' "$(offered token '')" ''

values() { "$moat" "$1" --help | sed -n "s/^  $2 \+[A-Z]* *//p" | sed 's/ (the default)//; s/;.*//; s/, \| or /\n/g'; }
check 'formats' "$(offered export drive --format '')" "$(values export --format)"
check 'formats of token' "$(offered token drive --format '')" "$(values token --format)"
check 'formats of import' "$(offered import drive --format '')" "$(values import --format)"
check 'formats after =' "$(offered export drive --format '=')" "$(values export --format)"
check 'a format that was begun after =' "$(offered export drive --format = b)" ballerina
check 'providers' "$(offered init drive --provider '')" "$(values init --provider)"
check 'methods' "$(offered init drive --auth '')" "$(values init --auth)"
check 'nothing for a free text' "$(offered init drive --client-id '')" ''
touch "$home/a file" "$home/another"
for option in 'export -o' 'init --secret-file' 'login --ca' 'init --proxy-credentials'; do
  check "files for $option" "$(offered "${option% *}" drive "${option#* }" "$home/a" | sort)" "$(lines "$home/a file" "$home/another")"
done
check 'a file for secret, after the NAME' "$(offered secret drive "$home/an" | sort)" "$home/another"
check 'what a file is called is not run' "$(find . "$home" -maxdepth 1 -name pwned)" ''
HOME=$home
ln -s "$(realpath "$moat")" "$home/program"
# shellcheck disable=SC2088 # as it was typed
moat='~/program'
check 'a program that is called by way of the home' "$(offered ex)" "$(lines exchange export)"
check 'bash knows it' "$(complete -p moat)" 'complete -F _moat moat'
echo "1..$n"
