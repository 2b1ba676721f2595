#!/bin/bash
# symbols.sh LIBMOAT: what the library needs and has, as TAP. An allowlist, so that a heap, stdio, a
# file or a socket cannot come in under another name.
set -u
lib=$1
n=0
check() { # NAME OFFENDERS: passes when there are none
  n=$((n + 1))
  if [ -z "$2" ]; then echo "ok $n - $1"; else
    echo "not ok $n - $1"
    printf '%s\n' "$2" | sed 's/^/# /'
  fi
}

undefined() { nm -A --undefined-only "$lib" | sed -E 's/^[^:]*:([^:]*): *U /\1 /'; } # OBJECT SYMBOL
defined() { nm -A --defined-only --extern-only "$lib" | sed -E 's/^[^:]*:([^:]*):[0-9a-f]+ /\1 /'; }

# The rest of the library is plain C.
tls=$(printf '|%s' src/tls/*.c | sed -E 's,src/tls/([a-z0-9_]+)\.c,\1,g; s/^.//')
plain='mem(cpy|move|set|cmp|chr)|str(len|chr|cmp)|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_'
[ -n "$(undefined)" ] && [ -n "$(defined)" ] || { echo "not ok 1 - nm reads $lib"; exit 1; }
check 'the core needs memory and string functions and nothing else' \
  "$(undefined | grep -vE '^'"($tls)"'\.o ' | grep -vE " (moat_\w+|$plain)$")"
check 'the Mbed TLS files need these and Mbed TLS' \
  "$(undefined | grep -E '^'"($tls)"'\.o ' | grep -vE " (moat_\w+|mbedtls_\w+|psa_\w+|$plain)$")"
check 'every exported name is moat_… or moat__…' "$(defined | grep -vE ' [A-Z] moat_')"
check 'no writable data' \
  "$(size -A "$lib" | awk '/ex / {object = $1} $1 ~ /^\.(data|bss|tdata|tbss)/ && $1 !~ /^\.data\.rel\.ro/ && $2 > 0 {print object, $1, $2}')"
check 'no common symbols' "$(nm -A "$lib" | grep ' C ')"
echo "1..$n"
