#!/bin/sh
# Builds the C library (target/dist/c/lib, include) and the C runner (target/dist/c/runner). Does nothing when nothing
# changed. Needs cargo and a C compiler ($CC, cc).
set -eu
cd "$(dirname "$0")/.."
cargo_target=${CARGO_TARGET_DIR:-$PWD/target}
dist=target/dist/c
cargo build --quiet --release -p fishplate-c
mkdir -p "$dist/lib/pkgconfig" "$dist/include"

install_changed() { # FROM TO
  cmp -s "$1" "$2" || cp "$1" "$2"
}
install_changed "$cargo_target/release/libfishplate_c.so" "$dist/lib/libfishplate.so.0"
ln -sf libfishplate.so.0 "$dist/lib/libfishplate.so"
install_changed bindings-c/include/fishplate.h "$dist/include/fishplate.h"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
sed "s|@prefix@|$PWD/$dist|; s|@version@|$version|" bindings-c/fishplate.pc.in >"$dist/lib/pkgconfig/fishplate.pc"

runner="$dist/runner"
sources="interop-tests/c/runner.c interop-tests/c/state.c interop-tests/c/batch.c interop-tests/c/sessions.c \
  interop-tests/c/engine_state.c interop-tests/c/stream.c interop-tests/c/answer.c interop-tests/c/text.c \
  bindings-c/canonical/fishplate_canonical.c bindings-c/canonical/sha256.c"
if [ -f "$runner" ] && [ -z "$(find interop-tests/c bindings-c/canonical "$dist/include" "$dist/lib/libfishplate.so.0" \
  -type f -newer "$runner" -print -quit)" ]; then
  exit 0
fi
# shellcheck disable=SC2086 # the sources are words
${CC:-cc} -std=c11 -Wall -Wextra -Werror -O2 -I"$dist/include" -Ibindings-c/canonical $sources \
  -L"$dist/lib" -lfishplate -Wl,-rpath,"\$ORIGIN/lib" -o "$runner"
