#!/bin/sh
# The C suite: compiles the test programs against the built library as a user would, runs them, and once more under
# valgrind where it is installed. The header must also be a C++ header.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
bindings-c/build.sh
dist=target/dist/c
out=$dist/tests
mkdir -p "$out"
flags="-std=c11 -Wall -Wextra -Werror -g -O1 -I$dist/include -Ibindings-c/canonical -Iinterop-tests/c"
canonical="bindings-c/canonical/fishplate_canonical.c bindings-c/canonical/sha256.c"
link="-L$dist/lib -lfishplate -Wl,-rpath,$root/$dist/lib"
# shellcheck disable=SC2086 # these are words
{
  ${CC:-cc} $flags bindings-c/tests/c/test_fishplate.c $canonical $link -o "$out/test_fishplate"
  ${CC:-cc} $flags bindings-c/tests/c/test_canonical.c interop-tests/c/text.c $canonical $link -o "$out/test_canonical"
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$out/test_fishplate" "$folder"
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
[ "$answer" = "score 40" ] || { echo "the header's example said: $answer" >&2; exit 1; }
echo "the header's example runs"

if command -v c++ >/dev/null; then
  echo '#include "fishplate.h"
int main() { return fishplate_version(nullptr) == FISHPLATE_STATUS_OK; }' |
    c++ -x c++ -std=c++17 -Wall -Wextra -Werror -fsyntax-only -I"$dist/include" -
  echo "fishplate.h is a C++ header too"
fi
if command -v valgrind >/dev/null; then
  valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite "$out/test_fishplate" "$folder"
  echo "valgrind: nothing lost, nothing read or written out of place"
fi
