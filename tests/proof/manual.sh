#!/bin/bash
# manual.sh MOAT: the man page is well formed, and names what the program has: each command, each
# option with its argument and the commands that take it, each exit status and JSON member. TAP.
set -u
cd "$(dirname "$0")/../.." || exit
moat=$1
page=examples/cli/moat.1
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT

n=0
same() { # NAME PROGRAM'S PAGE'S: sorted lists that have something in them
  n=$((n + 1))
  if [ -n "$2" ] && [ "$2" = "$3" ]; then echo "ok $n - $1"; else
    echo "not ok $n - $1"
    diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | sed 's/^/# /'
  fi
}
section() { sed -n "/^\.S[hs] $1/,/^\.S[hs] /p" "$page" | sed '1d;$d'; }

lint=$(mandoc -T lint -W warning "$page" 2>&1)
same 'mandoc finds nothing wrong' "status $?: $lint" 'status 0: '
same 'it can be shown' "$(mandoc -T ascii "$page" | col -b | sed -n '/^NAME/{n;s/^ *//;p}')" \
  'moat - OAuth 2.0 for gateways and scripts'

commands=$("$moat" --help | awk '/^  moat / {print $2}')
same commands "$commands" "$(section Commands | sed -n 's/^\.It Cm \([a-z-]*\)\( .*\)\?$/\1/p')"

# README.md has them in one line, in the same order.
same 'commands in README.md' "$commands" "$(sed -n '/^\*\*Commands\./,/\.$/p' README.md | grep -o '`[a-z-]*`' | tr -d '`')"

long() { LC_ALL=C.UTF-8 sed -n "s/^.\{81\}/\n$1: &/p"; }
same 'no line of help or of the page is over 80 columns' 'none' "none$({
  "$moat" --help | long moat
  for command in $commands; do "$moat" "$command" --help | long "$command"; done
  mandoc -T utf8 "$page" | LC_ALL=C.UTF-8 col -bx | long page
} 2>&1)"

# OPTION ARGUMENT (COMMAND ...), in the order of the commands; "all" where all of them take it.
taking=$(grep -v '^help$' <<< "$commands")
all=$(tr '\n' ' ' <<< "$taking" | sed 's/ *$//')
options() {
  local command
  for command in $taking; do
    "$moat" "$command" --help | sed -n 's/^  \(-[^ ]*\) \("[^"]*"\|[A-Z]\+\) .*/\1 \2/p; t; s/^  \(-[^ ]*\).*/\1/p' |
      sed "s/$/|$command/"
  done | awk -F'|' '{by[$1] = by[$1] (by[$1] ? " " : "") $2} END {for (o in by) print o " (" by[o] ")"}' |
    sed "s/($all)/(all)/" | sort
}
same options "$(options)" "$(section OPTIONS |
  sed -n 's/^\.It Fl //p' | sed 's/^\([^ ]*\)/-\1/; s/ Ar / /; s/ Pq \(.*\)/ (\1)/; s/\\(dq/"/g; s/\\ / /g' | sort)"

same 'exit statuses' "$("$moat" --help | sed '1,/^Exit status:/{/^Exit status:/!d}' | grep -o '[0-9]\+ ' | tr -d ' ')" \
  "$(section 'EXIT STATUS' | sed -n 's/^\.It //p')"

# Each example is a command line that the program would take: its options are those of the command.
jobs=$(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEC/p' "$page")
examples=$(grep -v '^\.' <<< "$jobs" | grep -o '\bmoat [a-z].*' | sed 's/[)<].*//')
unknown=$(while read -r _ command words; do
  taken=$("$moat" help "$command" | sed -n 's/^  \(-[^ ]*\).*/\1/p')
  for word in $words; do
    [[ $word != -* || $'\n'$taken$'\n' = *$'\n'$word$'\n'* ]] || echo "$command takes no $word"
  done
done <<< "$examples" 2>&1)
same 'the examples of five jobs' "$(grep -c '^\.Ss' <<< "$jobs"), unknown: $unknown" '5, unknown: '
same 'and most commands of them' "$([ "$(cut -d ' ' -f 2 <<< "$examples" | sort -u | wc -l)" -ge 8 ] && echo yes)" yes

members() { sed -n 's/^  "\([^"]*\)":.*/\1/p'; } # of an object on stdin
described() { # COMMAND: the members that the page names for it
  section JSON | awk -v head=".It $1" '/^\.It/ {on = $0 == head} on && sub(/^\.Li /, "")' | grep -o '[a-z][a-z_0-9]*'
}
export MOAT_HOME=$home
"$moat" init drive --client-id app --auth none > "$home/said" 2>&1
same 'members of status' "$("$moat" status drive --json | members)" "$(described 'Cm status')"
same 'members of list' "$("$moat" list --json | members | sort)" "$(described 'Cm list' | sort)"
"$moat" init there --provider custom --authorize-url https://127.0.0.1:1/a --token-url https://127.0.0.1:1/t \
  --client-id app --auth none > "$home/said" 2>&1
same 'members of doctor' "$("$moat" doctor there --json | members | sort -u)" "$(described 'Cm doctor' | sort)"
same 'members of the version' "$("$moat" --version --json | members)" "$(described 'Fl -version')"
echo "1..$n"
