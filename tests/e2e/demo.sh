#!/bin/bash
# What `make demo` runs: Microsoft's guide, "register an app, sign in, exchange the code, keep the
# refresh token", with build/moat and a real authorization server on loopback. Nothing leaves this
# machine, and nothing is written outside build/.
set -eu
set -o pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
lab=$root/tests/e2e/lab
moat=${MOAT:-$root/build/moat}
node=$("$root/tests/setup.sh" --node)
export MOAT_HOME=$root/build/demo
unset https_proxy HTTPS_PROXY all_proxy ALL_PROXY # none of them reaches the loopback of this machine

say() { printf '\n%s\n' "$*"; }
show() { # ARG ...: a command, as a person types it, an option a line where there are many
  local line='  $ moat' word separator=' '
  [ $# -lt 8 ] || separator=$' \\\n      '
  for word; do
    case $word in
      --*) line+=$separator$word ;;
      *[\ \']*) line+=" '$word'" ;;
      *) line+=" $word" ;;
    esac
  done
  printf '%s\n' "$line"
}
ask() { # ARG ...: shows a command and runs it
  show "$@"
  "$moat" "$@" 2>&1 | sed 's/^/  /'
}
on_terminal() { # ARG ...: the same, and the program believes that a person is looking
  show "$@"
  script -qec "'$moat' $*" /dev/null < /dev/null | tr -d '\r' | sed 's/^/  /'
}
stored() { # the refresh token's fingerprint
  "$moat" export drive --format ballerina 2> /dev/null | sed -n 's/^refreshToken = //p' | sha256sum
}
masked() { sed -E 's/((code|state|code_challenge)=)[^&]*/\1.../g'; }

rm -rf "$MOAT_HOME"
mkdir -p "$root/build"

say "0. An authorization server: npm's oidc-provider, over TLS on loopback, with the paths of Entra."
# Sizes like Entra's: an access token of 2 KB, a refresh token of 1.2 KB.
coproc SERVER { exec "$node" "$lab/server.mjs" --access-pad 1000 --refresh-size 1199; }
server=$SERVER_PID
trap 'kill "$server" 2> /dev/null || :' EXIT
declare -A at=()
while IFS='=' read -r key value && [ -n "$key" ]; do at[$key]=$value; done <&"${SERVER[0]}"
[ -n "${at[control]-}" ] || { echo 'demo: the server did not start' >&2; exit 1; }
echo "  ${at[issuer]}"

say "1. The profile: what the app's registration says. The secret comes on stdin, never in argv."
# Given with --provider custom; for Entra it is: moat init drive --provider entra --client-id ID ...
printf '%s\n' "${at[client_secret]}" | ask init drive --provider custom \
  --authorize-url "${at[authorize_url]}" --token-url "${at[token_url]}" --issuer "${at[issuer]}" \
  --client-id "${at[client_id]}" --auth post --secret-file - --ca "$root/build/certs/roots.pem" \
  --scope 'offline_access files.read files.read.all files.readwrite files.readwrite.all'

say '2. The authorize URL, with a fresh state and a PKCE challenge. A person opens it in a browser.'
show url drive
url=$("$moat" url drive 2> /dev/null)
masked <<< "  $url"

say '3. The sign-in, here by a script: it signs in as alice, consents, and ends on http://localhost.'
redirect=$("$node" "$lab/person.mjs" - alice <<< "$url")
masked <<< "  $redirect"

say '4. The redirect goes to moat on stdin. It checks state and iss, and swaps the code for tokens.'
ask exchange drive <<< "$redirect"
ask status drive

say '5. A refresh. This server rotates: each refresh token serves once, and the next one is stored.'
before=$(stored)
ask refresh drive
[ "$before" != "$(stored)" ] || { echo 'demo: the refresh token is still the old one' >&2; exit 1; }
echo '  The refresh token is another one now (compared, not shown).'

say '6. An access token for a program: on stdout, and nothing else. A fresh one asks no server.'
show token drive
token=$("$moat" token drive)
echo "  ${token:0:6}... (${#token} characters, the rest is not shown)"
posts=$("$node" -e 'fetch(process.argv[1]).then((r) => r.text()).then((t) => console.log(t.trim()))' \
  "${at[control]}/posts")
echo "  Answers of the token endpoint so far: $posts, one for the code and one for the refresh."

say "7. The connector's Config.toml. A terminal sees it masked; -o writes it for the owner alone."
on_terminal export drive --format ballerina
ask export drive --format ballerina -o "$MOAT_HOME/Config.toml"

say 'Done. The files:'
(cd "$MOAT_HOME" && find . -type f -printf '  %m  %6s bytes  %P\n' | sort -k 4)
echo "in $MOAT_HOME; the next demo removes them."
