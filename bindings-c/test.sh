#!/bin/sh
# The C suite: compiles the test programs against the built library as a user would, runs them, and once more under
# valgrind where it is installed. Sessions go to a server too, if the program `fishplate` is built. The header must also be
# a C++ header.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
bindings-c/build.sh
server=${CARGO_TARGET_DIR:-$root/target}/release/fishplate
dist=target/dist/c
out=$dist/tests
mkdir -p "$out"
flags="-std=c11 -Wall -Wextra -Werror -g -O1 -I$dist/include -Ibindings-c/canonical -Iinterop-tests/c"
canonical="bindings-c/canonical/fishplate_canonical.c bindings-c/canonical/sha256.c"
link="-L$dist/lib -lfishplate -Wl,-rpath,$root/$dist/lib"
# shellcheck disable=SC2086 # these are words
{
  ${CC:-cc} $flags bindings-c/tests/c/test_fishplate.c $canonical $link -o "$out/test_fishplate"
  ${CC:-cc} $flags bindings-c/tests/c/test_state.c $canonical $link -o "$out/test_state"
  ${CC:-cc} $flags -pthread bindings-c/tests/c/test_sessions.c $canonical $link -o "$out/test_sessions"
  ${CC:-cc} $flags bindings-c/tests/c/test_canonical.c interop-tests/c/text.c $canonical $link -o "$out/test_canonical"
}
folder=$(mktemp -d)
serving=
trap 'rm -rf "$folder"; [ -z "$serving" ] || kill "$serving"' EXIT

# Starts a server; its addresses are then in $addresses.
serve() {
  "$server" serve --rules bindings-c/tests/rules.yaml --grpc 127.0.0.1:0 --ring "c-suite-$$" >"$folder/serve" 2>"$folder/log" &
  serving=$!
  tries=0
  until grep -q '^ready$' "$folder/serve"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ] || ! kill -0 "$serving"; then
      cat "$folder/serve" "$folder/log" >&2
      exit 1
    fi
    sleep 0.1
  done
  addresses=$(sed -n 's/^listening //p' "$folder/serve" | tr '\n' ' ')
}
addresses=
[ ! -x "$server" ] || serve
echo "sessions in process${addresses:+ and at $addresses}"

"$out/test_fishplate" "$folder"
"$out/test_state"
# shellcheck disable=SC2086 # addresses are words
"$out/test_sessions" $addresses
"$out/test_canonical" interop-tests/vectors

# The example at the beginning of the header is a program.
{
  printf '#include <stdio.h>\n#include <string.h>\n#include "fishplate.h"\nint main(void) {\n'
  sed -n '/^ \*     FishplateHandle rules/,/^ \*     fishplate_close(rules/s/^ \*     //p' "$dist/include/fishplate.h"
  printf 'return 0;\n}\n'
} >"$out/example.c"
# shellcheck disable=SC2086
${CC:-cc} $flags "$out/example.c" $link -o "$out/example"
cp bindings-c/tests/example.yaml "$folder/rules.yaml"
answer=$(cd "$folder" && "$root/$out/example")
[ "$answer" = "$(printf 'score 40\nrestored: yes\n1: score 40\ndecided up to 1')" ] || { echo "the header's example said: $answer" >&2; exit 1; }
echo "the header's example runs"

if command -v c++ >/dev/null; then
  echo '#include "fishplate.h"
int main() { return fishplate_version(nullptr) == FISHPLATE_STATUS_OK; }' |
    c++ -x c++ -std=c++17 -Wall -Wextra -Werror -fsyntax-only -I"$dist/include" -
  echo "fishplate.h is a C++ header too"
fi
if command -v valgrind >/dev/null; then
  valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite "$out/test_fishplate" "$folder"
  valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite "$out/test_state"
  # shellcheck disable=SC2086 # addresses are words
  valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite "$out/test_sessions" $addresses
  echo "valgrind: nothing lost, nothing read or written out of place"
fi
