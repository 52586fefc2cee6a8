#!/bin/sh
# Compiles the Java runner against the JAR into target/dist/java. Does nothing when nothing changed.
set -eu
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
out=${FISHPLATE_TARGET:-$root/target}/dist/java
jar=$root/bindings-java/target/fishplate-0.1.0.jar
if [ -f "$out/Runner.class" ] && [ -z "$(find . "$jar" -name '*.java' -newer "$out/Runner.class" -o -name '*.jar' -newer "$out/Runner.class")" ]; then
  exit 0
fi
mkdir -p "$out"
javac --release 17 -Xlint:all -Werror -cp "$jar" -d "$out" ./*.java
