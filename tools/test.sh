# `./dev test`, sourced by ./dev. Every stage runs even when an earlier one failed, says how long
# it took, and the last line counts the tests. Nothing here may hang: each test has its own limit.

test_failures=()

stage() {  # NAME COMMAND...: runs the command, remembers a failure, prints the time
  local name=$1 from=$SECONDS status=0; shift
  say "$name"
  ( set -e; "$@" ) || status=$?
  if [ $status = 0 ]; then printf '== %s: done in %d s\n' "$name" $((SECONDS - from)) >&2
  else printf '== %s: FAILED after %d s\n' "$name" $((SECONDS - from)) >&2; test_failures+=("$name"); fi
  return $status
}

# The core compiles for arm64; nothing is linked, so that no arm64 machine is needed.
build_arm64() {
  [ "$(uname -m)" = x86_64 ] || { echo "not on x86-64: the native build is the proof" >&2; return 0; }
  configure arm64
  local targets
  targets=$(on_platform ninja -C build/arm64 -t targets all | sed -n 's/^\(src\/\(foundation\|preserve\)\/.*\.a\):.*/\1/p')
  [ -n "$targets" ] || { echo "arm64: no library was found to compile" >&2; return 1; }
  # shellcheck disable=SC2086
  on_platform cmake --build build/arm64 -j "$(jobs)" --target $targets >&2
}

run_ctest() {  # PRESET REGEX LONG
  local preset=$1 only=$2 long=$3 limit=2700 status=0
  [ -z "$long" ] || limit=10800
  rm -f "build/$preset/results.xml"
  TESSERAS_LONG=$long TESSERAS_SHARED=${TESSERAS_SHARED:-$here/../shared} \
    ASAN_OPTIONS=${ASAN_OPTIONS:-allocator_may_return_null=1} \
    UBSAN_OPTIONS=print_stacktrace=1 \
    on_platform timeout "$limit" ctest --test-dir "build/$preset" -j "$(jobs)" --timeout 300 \
    --output-on-failure --no-tests=error --output-junit results.xml ${only:+-R "$only"} < /dev/null |
    awk '!/^ +Start +[0-9]+:/ && !/ Passed +[0-9.]+ sec$/ { print; fflush() }' || status=$?
  [ $status = 0 ] || on_platform python3 tools/count_tests.py --failures "build/$preset/results.xml"
  return $status
}

run_tests() {
  local only='' long='' presets='debug release' from=$SECONDS preset
  while [ $# -gt 0 ]; do
    case "$1" in
      --only) only=${2:?--only wants a regular expression}; shift 2 ;;
      --preset) presets=${2:?--preset wants debug or release}; shift 2 ;;
      --long) long=1; shift ;;
      *) die "test: there is no option '$1'" ;;
    esac
  done
  [ -n "$only" ] || stage "tidy: formatting, layout, clang-tidy" cmd_tidy || true
  for preset in $presets; do
    stage "build: $preset" build --preset "$preset" || continue
    # The long run is the release build's: under sanitizers it would last a day.
    stage "tests: $preset" run_ctest "$preset" "$only" "$([ "$preset" = release ] && echo "$long")" || true
  done
  [ -n "$only" ] || stage "build: arm64, the core" build_arm64 || true
  [ -n "$only" ] || stage "install: a new shell finds it" timeout 600 tests/e2e/install_test.sh || true

  # shellcheck disable=SC2086
  on_platform python3 tools/count_tests.py $(for preset in $presets; do echo "build/$preset/results.xml"; done) || test_failures+=("counting")
  printf 'took %d min %d s\n' $(((SECONDS - from) / 60)) $(((SECONDS - from) % 60)) >&2
  if [ ${#test_failures[@]} -gt 0 ]; then
    printf 'FAILED: %s\n' "${test_failures[@]}" >&2
    exit 1
  fi
}
