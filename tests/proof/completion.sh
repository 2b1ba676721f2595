#!/bin/bash
# completion.sh MOAT: what bash, zsh and fish offer, word for word and against the program's own help. TAP.
set -u
cd "$(dirname "$0")/../.." || exit
moat=$1
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export MOAT_HOME=$home
unset XDG_CONFIG_HOME
touch "$home/drive.conf" "$home/data.conf" "$home/music.conf" "$home/\$(touch pwned) x.conf" "$home/note.txt" \
  "$home/-dash.conf" "$home/.hidden.conf"
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
options_of() { "$moat" "$1" --help | sed -n 's/^  \(-[^ ]*\).*/\1/p'; }
for command in $commands; do
  [ "$command" != help ] || continue
  options=$(options_of "$command")
  check "the options of $command" "$(offered "$command" drive -)" "$options"
  check "$command takes --timeout" "$(offered "$command" drive --ti)" --timeout
done
check 'options also where no dash is' "$(offered logout drive '' | head -n 1)" --local

check 'a command for help' "$(offered help '')" "$commands"
check 'nothing after that' "$(offered help init '')" ''
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

# A list may go on in the next line.
values() { "$moat" "$1" --help | sed ':a; /,$/ { N; s/\n */ /; ba }' | sed -n "s/^  $2 [A-Z]\+ *//p" | sed 's/ (the default)//; s/;.*//; s/, \| or /\n/g'; }
check 'formats' "$(offered export drive --format '')" "$(values export --format)"
check 'formats of token' "$(offered token drive --format '')" "$(values token --format)"
check 'formats of import' "$(offered import drive --format '')" "$(values import --format)"
check 'formats after =' "$(offered export drive --format '=')" "$(values export --format)"
check 'a format that was begun after =' "$(offered export drive --format = b)" ballerina
check 'providers' "$(offered init drive --provider '')" "$(values init --provider)"
check 'methods' "$(offered init drive --auth '')" "$(values init --auth)"
check 'nothing for a free text' "$(offered init drive --client-id '')" ''
touch "$home/a file" "$home/another"
for option in 'export -o' 'init --secret-file' 'login --ca' 'init --client-key' 'init --proxy-credentials'; do
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

# The other shells are asked as wholes, with the program on the path and the completion where they look.
mkdir -p "$home/bin" "$home/site-functions" "$home/dir"
moat=$(realpath "$1")
ln -s "$moat" "$home/bin/moat"
cp examples/cli/moat.zsh "$home/site-functions/_moat"
export MOAT_HOME=$home PATH=$home/bin:$PATH
zsh_offers() { timeout 60 zsh -f tests/proof/completion.zsh "$home/site-functions" "moat $1"; }
fish_offers() { fish --no-config -c "source examples/cli/moat.fish; complete -C \$argv[1]" -- "moat $1" | cut -f 1; }
for shell in zsh fish; do
  while IFS='|' read -r name line wanted; do
    check "$shell: $name" "$("${shell}_offers" "$line" | sort)" "$(tr ' ' '\n' <<< "$wanted" | sort)"
  done << CASES
the commands||$(tr '\n' ' ' <<< "$commands" | sed 's/ $//')
a command that was begun|ex|exchange export
a command for help|help lo|login logout
options without a command|--|--help --version
the options of export|export drive -|$(options_of export | tr '\n' ' ' | sed 's/ $//')
an option that was begun|login drive --pr|--proxy --proxy-credentials
names, none of which begins with a dash|token |data drive music
no name for init, which makes one|init |
no name for list, which takes none|list |
a name after options|export --format env -o x m|music
a flag has no value that a name would be|status --json m|music
further names for keep|keep drive d|data drive
formats of token|token drive --format |header xoauth2
nothing for a free text|init drive --client-id |
files for an option|login drive --ca $home/an|$([ $shell = zsh ] || echo "$home/")another
CASES
done
check 'zsh: a value after =' "$(zsh_offers 'export drive --format=b')" ballerina
check 'fish: a value after =' "$(fish_offers 'export drive --format=b')" --format=ballerina
check 'zsh: a file for secret, after the NAME' "$(zsh_offers "secret drive $home/an")" another
check 'fish: descriptions, whole although help wraps them' \
  "$(fish --no-config -c 'source examples/cli/moat.fish; complete -C "moat login drive --no-"; complete -C "moat login drive --past"')" \
  "$(printf '%s\t%s\n' --no-qr 'draw no QR code' --paste 'open no browser and do not listen; the address is pasted')"
echo "1..$n"
