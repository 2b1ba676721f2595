#!/bin/bash
# Fuzz targets, by clang's libFuzzer with ASan and UBSan, two at a time: each replays its corpus and
# goes on from there. The last line is "N passed, N failed", one for each target.
#   run.sh [--seconds N | --runs N] [TARGET ...]   so long, or so often, each; 15 s if nothing is said
#   run.sh --merge [TARGET ...]      takes into tests/fuzz/corpus what was found and reaches more
#   run.sh --coverage [TARGET ...]   how much of src/ the corpora reach
#
# SEED=N takes the same way again from a fresh build/fuzz/corpus, as far as the time goes; without,
# each run takes another.
#
# What is found meanwhile is in build/fuzz/corpus, and what fails in build/fuzz/crashes, by name of
# the target: build/fuzz/fuzz/TARGET FILE repeats it.
set -u
cd "$(dirname "$0")/../.."
here=tests/fuzz build=build/fuzz
sanitize='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'
sanitize+=" -fsanitize-coverage-ignorelist=$here/coverage.ignore"

build() { # BUILD SAN
  make -s -j"$(nproc)" BUILD="$1" CC=clang CFLAGS='-O1 -g' SAN="$2" fuzz-targets
}

# The longest input that it makes of its own accord.
longest() {
  case $1 in
    http | redirect | profile) echo 20000 ;;
    term) echo 512 ;; # a byte may stand for a hundred of the text
    *) echo 4096 ;;
  esac
}

dictionary() { # TARGET: the words of its inputs
  if [ "$1" = flow ]; then
    cat $here/http.dict $here/json.dict
  else
    cat "$here/$1.dict"
  fi
}

# The way depends on addresses, the environment's size and the order of the corpus, too. Where a
# container does not allow fixed addresses, two ways with one seed part after a while.
repeatable() { # TARGET
  local LC_ALL=C files
  files=("$here/corpus/$1"/*)
  repeat=(-seed="$SEED" -seed_inputs="$(IFS=, && echo "${files[*]}")")
  prefix=(env -i)
  ! setarch -R true 2> /dev/null || prefix+=(setarch -R)
}

# libFuzzer's own limit of time for an input tells a loop without an end from a busy machine.
one() { # TARGET BUDGET PROCESS
  local target=$1 log=$build/$1-$3.log found=$build/corpus/$1 prefix=() repeat=("$here/corpus/$1")
  mkdir -p "$found" $build/crashes $here/corpus/"$target"
  dictionary "$target" > "$build/$target-$3.dict"
  [ -z "${SEED-}" ] || repeatable "$target"
  "${prefix[@]}" $build/fuzz/"$target" "$2" -print_final_stats=1 -timeout=300 -rss_limit_mb=2048 -reload=1 \
    -max_len="$(longest "$target")" -dict="$build/$target-$3.dict" -artifact_prefix="$build/crashes/$target-" \
    "$found" "${repeat[@]}" > "$log" 2>&1
  echo $? > "$build/$target-$3.status"
}

report() { # TARGET: of all its processes
  local file bad='' executions
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' $build/"$1"-*.log | awk '{n += $1} END {print n + 0}')
  for file in $build/"$1"-*.status; do
    [ "$(cat "$file")" = 0 ] || bad=${file%.status}.log
  done
  if [ -z "$bad" ] && [ "$executions" != 0 ]; then
    echo "ok    $1: $executions executions"
    return
  fi
  echo "FAIL  $1: $executions executions"
  [ -n "$bad" ] || return
  grep -aE 'does not hold|runtime error|ERROR: |^ +#[0-9]+ .*/(src|examples|tests)/' "$bad" |
    grep -av ' in fuzz_failed ' | head -n 20 | sed 's/^/      /'
  file=$(sed -n 's/.*Test unit written to //p' "$bad" | head -n 1)
  [ ! -f "$file" ] || { echo "      $file, in base64:" && base64 -w 100 "$file" | head -n 40 | sed 's/^/      /'; }
}

fuzz() { # BUDGET TARGET ...
  local budget=$1 target jobs=() passed=0 failed=0 line
  shift
  rm -f $build/*.status $build/*.log
  for target; do
    jobs+=("$target $budget 1")
    [ $# -gt 1 ] || jobs+=("$target $budget 2") # the other core has nothing else to do
  done
  printf '%s\n' "${jobs[@]}" | xargs -P 2 -L 1 "$0" --one
  for target; do
    line=$(report "$target")
    echo "$line"
    if [[ $line == ok* ]]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  done
  echo "$passed passed, $failed failed"
  [ $failed = 0 ]
}

# By edges alone, not by how often they are passed: some hundred small files serve.
merge() { # TARGET ...
  local target
  for target; do
    rm -rf "$build/merged"
    mkdir -p "$build/merged" "$here/corpus/$target" "$build/corpus/$target"
    $build/fuzz/"$target" -set_cover_merge=1 -use_counters=0 -max_len=20000 "$build/merged" "$here/corpus/$target" \
      "$build/corpus/$target" > "$build/merge.log" 2>&1 || { tail -n 20 "$build/merge.log"; exit 1; }
    rm -rf "${here:?}/corpus/$target"
    mv "$build/merged" "$here/corpus/$target"
    echo "$target: $(find "$here/corpus/$target" -type f | wc -l) files," \
      "$(cat "$here/corpus/$target"/* | wc -c) bytes"
  done
}

coverage() { # TARGET ...
  local target objects=() profiles=() own=build/fuzz-coverage
  build $own '-fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping' || exit 1
  for target; do
    LLVM_PROFILE_FILE=$own/$target.profraw $own/fuzz/"$target" -runs=0 "$here/corpus/$target" \
      > "$own/$target.log" 2>&1 || { tail -n 20 "$own/$target.log"; exit 1; }
    objects+=(-object "$own/fuzz/$target")
    profiles+=("$own/$target.profraw")
  done
  "$(command -v llvm-profdata-14 || command -v llvm-profdata)" merge -o $own/all.profdata "${profiles[@]}" &&
    "$(command -v llvm-cov-14 || command -v llvm-cov)" report "${objects[@]:1}" -instr-profile=$own/all.profdata src examples/cli 2> /dev/null
}

budget=-max_total_time=15 action=fuzz
case ${1-} in
  --one) shift && one "$@" && exit ;;
  --seconds) budget=-max_total_time=$2 && shift 2 ;;
  --runs) budget=-runs=$2 && shift 2 ;;
  --merge | --coverage) action=${1#--} && shift ;;
esac
if [ $# = 0 ]; then
  mapfile -t targets < <(basename -s .c -a $here/*.c)
  set -- "${targets[@]}"
fi
mkdir -p $build
build $build "$sanitize" || exit 1
case $action in
  fuzz) fuzz "$budget" "$@" ;;
  *) "$action" "$@" ;;
esac
