#!/bin/bash
# packages_idf_zephyr.sh: what `make vendor` makes for ESP-IDF and for Zephyr builds by stand-ins for their build systems
# (tests/packages), over tests/mocks. The first pages of both are followed word by word, from an empty folder to a
# token from a server here. Their Kconfig files have the limits of moat/config.h.
set -eu
set -o pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/build/check/packages-boards
stubs=$root/tests/packages
node=$("$root/tests/setup.sh" --node)
rm -rf "$out"
mkdir -p "$out"
cd "$out"

# ---- A provider, and its root ----
quiet() { "$@" > log 2>&1 || { cat log; exit 1; }; }
quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=Root -keyout root.key -out root.pem \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=auth -keyout server.key -out server.pem \
  -CA root.pem -CAkey root.key -addext subjectAltName=DNS:auth.example.com -addext basicConstraints=critical,CA:FALSE
quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=auth -keyout other.key -out other.pem \
  -addext subjectAltName=DNS:auth.example.com
openssl x509 -in root.pem -outform DER -out root.der

token() { # PROGRAM TOKEN [SERVER_ARGUMENT...]: the program gets this token
  local program=$1 token=$2 said server result=0
  shift 2
  coproc SERVER { exec "$node" "$stubs/server.mjs" "$@"; }
  server=$SERVER_PID
  read -r MOCK_PORT <&"${SERVER[0]}"
  said=$(MOCK_PORT=$MOCK_PORT timeout 60 "$program" 2>&1) || result=$?
  kill "$server"
  wait "$server" 2> /dev/null || :
  [ "$result" = 0 ] && [ "$(tail -n 1 <<< "$said")" = "$token" ] && return
  echo "$program: $result, $said"
  exit 1
}

# ---- What the two ports add to port/sockets ----
check() { # PORT ARGUMENT...
  local port=$1
  shift
  (cd "$root" && gcc -std=gnu17 -g -fsanitize=address,undefined -fno-sanitize-recover=all -Wall -Wextra -Werror "$@" \
    -D_GNU_SOURCE -Itests/mocks -Iinclude -Iport/sockets "-Iport/$port" port/sockets/*.c "port/$port"/*.c tests/mocks/{store,system}.c \
    -lpthread -o "$out/$port-check")
  "$out/$port-check"
}
secure=port/zephyr/package/samples/secure_sockets/src
for store in ZMS ZEPHYR_NVS; do
  check zephyr -DMOAT_SOCKETS_ZEPHYR -DMOAT_SOCKETS_$store -DCONFIG_NET_IPV4 -DCONFIG_NET_IPV6 tests/packages/zephyr/check.c tests/mocks/sockets.c \
    "-I$secure" "$secure/secure_stream.c"
done
check esp-idf -DESP_PLATFORM -DMOAT_SOCKETS_NVS -Wl,--wrap=time,--wrap=poll tests/packages/idf/check.c

# ---- The pages ----
# Its commands are run, and each block below a line that is a file's name becomes this file. What one writes
# oneself has at most 10 lines of build files and 40 lines of C.
follow() { # PAGE
  awk '/^`[^`]*`:$/ { name = substr($0, 2, length($0) - 3) }
    /^```/ && to == "" { to = $0 == "```sh" ? "commands" : name == "" ? "/dev/null" : name; name = ""
      system("mkdir -p $(dirname " to ")"); next }
    /^```/ { close(to); to = "" }
    to != "" { print >> to }' "$1"
  MOAT=$root ROOT=$out/root.der sh -eu commands > log
  build=$(cat CMakeLists.txt $(ls main/CMakeLists.txt sdkconfig.defaults 2> /dev/null) | grep -c .)
  c=$(cat */main.c | grep -c .)
  [ "$build" -le 10 ] && [ "$c" -le 40 ] || { echo "$1: $build lines of build files, $c lines of C"; exit 1; }
}

built() { # ARGUMENT...: configures and builds the project of this folder
  quiet cmake -G Ninja -S . -B build -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@"
  quiet cmake --build build
}

mkdir "$out/idf"
cd "$out/idf"
follow "$root/port/esp-idf/package/README.md"
export IDF_PATH=$stubs/idf
built
token build/token.elf token-of-a-person "$out/server.key" "$out/server.pem"
# The linker here finds more functions than that of ESP-IDF would, so the list has those that were looked up there.
nm build/esp-idf/moat/*.a | awk 'NF == 2 { used[$2] } NF == 3 { ours[$3] }
  END { for (name in used) if (!(name in ours) && name !~ /^(_|mbedtls_|psa_)/) print name }' | sort > functions
grep -q '^nvs_set_blob$' functions
if comm -23 functions "$stubs/idf/functions.txt" | grep .; then echo 'does ESP-IDF have these? See functions.txt'; exit 1; fi
for file in CMakeLists.txt main/CMakeLists.txt main/main.c sdkconfig.defaults; do # the page and the example are one
  cmp "$file" "components/moat/examples/token/$file"
done

mkdir "$out/zephyr"
cd "$out/zephyr"
follow "$root/port/zephyr/package/README.md"
export ZEPHYR_BASE=$stubs/zephyr
built -DEXTRA_ZEPHYR_MODULES="$PWD/moat"
token build/app token-of-a-machine "$out/server.key" "$out/server.pem"
for file in CMakeLists.txt src/main.c; do cmp "$file" "moat/samples/token/$file"; done

# ---- Over secure sockets, whose TLS is a mock: it connects only with what protects it ----
mkdir "$out/secure"
cd "$out/secure"
cp -r ../zephyr/moat/samples/secure_sockets/* ../root.der .
built -DEXTRA_ZEPHYR_MODULES="$out/zephyr/moat" -DLIBRARIES="$out/zephyr/build/modules/moat/libmoat.a"
token build/app token-of-a-machine
if grep -q 'moat/src/tls/' build/compile_commands.json; then echo 'CONFIG_MOAT_TLS=n compiles it'; exit 1; fi
if nm build/app | grep -q mbedtls_ssl; then echo 'it has an Mbed TLS of its own'; exit 1; fi

# ---- A Zephyr with Mbed TLS 4 has other names ----
for sample in zephyr secure; do
  cd "$out/$sample"
  quiet cmake -G Ninja -S . -B build-4 -DMBEDTLS=4 -DEXTRA_ZEPHYR_MODULES="$out/zephyr/moat" \
    -DLIBRARIES="$out/zephyr/build/modules/moat/libmoat.a;mbedTLS"
  quiet cmake --build build-4
done
cd "$out/zephyr"

# ---- A board without true randomness ----
mkdir "$out/weak"
cp -r CMakeLists.txt src root.der "$out/weak"
grep -v ENTROPY prj.conf > "$out/weak/prj.conf"
if cmake -G Ninja -S "$out/weak" -B "$out/weak/build" -DEXTRA_ZEPHYR_MODULES="$PWD/moat" > log 2>&1; then echo 'it needs no entropy'; exit 1; fi
grep -q 'true randomness' log

# ---- A certificate of another root gets no token ----
if (token build/app token-of-a-machine "$out/other.key" "$out/other.pem") > log; then echo 'it takes any root'; exit 1; fi
grep -q certificate log

# ---- All of the repository as a component ----
mkdir "$out/tree"
cd "$out/tree"
mkdir components
ln -s "$root" components/moat
cp -r "$out"/idf/{CMakeLists.txt,main} .
printf 'CONFIG_MOAT_TIMEOUT_MS=20000\n' > sdkconfig.defaults
if cmake -G Ninja -S . -B build > log 2>&1; then echo 'it needs no jsmn.h'; exit 1; fi
grep -q JSMN_INCLUDE_DIR log
quiet cmake -G Ninja -S . -B build -DJSMN_INCLUDE_DIR="$out/idf/components/moat/include" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
sources() { sed -n 's,.*"file": ".*/\(\(src\|port\)/[^/]*/[^/]*\.c\)".*,\1,p' "$1/build/compile_commands.json" | sort; }
diff <(sources .) <(sources ../idf)
[ "$(sources . | wc -l)" -gt 50 ]
grep -q 'DMOAT_TIMEOUT_MS=20000' build/compile_commands.json # what menuconfig sets arrives

# ---- Kconfig and YAML ----
limits() { # KCONFIG: NAME DEFAULT of each
  awk '$1 == "config" { name = $2 } $1 == "int" { number = 1 } $1 == "default" && number { print name, $2; number = 0 }' "$1" | sort
}
header() { # all of moat/config.h but the text
  sed -n 's/^#define MOAT_\([A-Z_]* [0-9]*\)$/MOAT_\1/p' "$root/include/moat/config.h" | sort
}
[ "$(header | wc -l)" = 5 ]
diff <(header) <(limits "$root/port/esp-idf/package/Kconfig")
diff <(header) <(limits "$root/port/zephyr/package/zephyr/Kconfig")
/usr/bin/python3 - "$out/idf/components/moat/idf_component.yml" "$root/include/moat/moat.h" "$root/port/zephyr/package/README.md" << 'PY'
import re, sys, yaml
said, header, page = yaml.safe_load(open(sys.argv[1])), open(sys.argv[2]).read(), open(sys.argv[3]).read()
assert set(said) <= {'version', 'description', 'license', 'dependencies'}, said
assert f'#define MOAT_VERSION "{said["version"]}"' in header, said
for project in yaml.safe_load(re.search(r'```yaml\n(.*?)```', page, re.S)[1])['manifest']['projects']:
    assert set(project) == {'name', 'url', 'revision', 'path'}, project
PY
