"""``fishplate matrix``: the cross-language matrix from what is installed: this wheel, a JAR, a C library.

The wheel carries the scenarios, what must come out, and the runners' sources (``matrix.zip``). Runners of C and Java
are compiled here, against the library and the JAR that are to be tested. Knows no scenario.
"""

from __future__ import annotations

import argparse
import importlib.resources
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from ._native import __version__

_C = ["cc", "-std=c11", "-O2"]


class _Missing(Exception):
    """Something that the user must give or install; the text says what and how."""


def main(arguments: list[str]) -> int:
    """Run the command; give its exit code: 0 all agree, 1 something differs, 2 something is missing."""
    parser = argparse.ArgumentParser(
        prog="fishplate matrix",
        description="Plays every scenario in each language, in process, through shared memory and over gRPC, and "
        "compares every field with what must come out. Python is always played; Java and C where they are named.",
    )
    parser.add_argument("--jar", type=Path, help="the JAR of Fishplate; needs java and javac 17 or newer")
    parser.add_argument(
        "--c", type=Path, metavar="PREFIX", help="where include/ and lib/ of the C library are; needs cc"
    )
    parser.add_argument("--path", action="append", help="only this path, such as java-ring; may be given again")
    parser.add_argument("--scenario", action="append", help="only scenarios whose name holds this; may be given again")
    parser.add_argument("--report", type=Path, default=Path("matrix.json"), help="where the report goes (matrix.json)")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fishplate-matrix-") as folder:
        try:
            return _play(args, Path(folder))
        except _Missing as missing:
            print(f"fishplate matrix: {missing}", file=sys.stderr)
            return 2


def _play(args: argparse.Namespace, folder: Path) -> int:
    carried = importlib.resources.files("fishplate") / "matrix.zip"
    if not carried.is_file():
        raise _Missing("this build carries no scenarios: install the wheel that `make build` made")
    with carried.open("rb") as file, zipfile.ZipFile(file) as packed:
        packed.extractall(folder)
    runners = {"python": [sys.executable, str(folder / "python" / "runner.py")]}
    if args.c:
        runners["c"] = _compile_c(args.c.resolve(), folder)
    if args.jar:
        runners["java"] = _compile_java(args.jar.resolve(), folder)
    command = [sys.executable, "-m", "harness.replay", "plan.json", "--report", str(args.report.resolve())]
    command += ["--server", shlex.join([sys.executable, "-m", "fishplate"])]
    for client, runner in runners.items():
        command += ["--runner", f"{client}={shlex.join(runner)}"]
    for name in ("path", "scenario"):
        for value in getattr(args, name) or []:
            command += [f"--{name}", value]
    print(f"fishplate {__version__}: {', '.join(runners)}", flush=True)
    return subprocess.call(command, cwd=folder)


def _compile_c(prefix: Path, folder: Path) -> list[str]:
    if shutil.which(_C[0]) is None:
        raise _Missing("no C compiler: on Debian and Ubuntu, apt-get install gcc libc6-dev")
    include, library = prefix / "include", prefix / "lib"
    if not (include / "fishplate.h").exists():
        raise _Missing(f"there is no {include / 'fishplate.h'}: give the folder that holds include/ and lib/")
    sources = sorted(str(source) for source in (folder / "c").glob("*.c"))
    runner = str(folder / "runner")
    link = [f"-L{library}", "-lfishplate", f"-Wl,-rpath,{library}"]
    if subprocess.call([*_C, f"-I{include}", f"-I{folder / 'c'}", *sources, *link, "-o", runner]) != 0:
        raise _Missing("the C runner does not compile against this library: is it of another version?")
    return [runner]


def _compile_java(jar: Path, folder: Path) -> list[str]:
    for tool in ("java", "javac"):
        if shutil.which(tool) is None:
            raise _Missing(f"no {tool}: on Debian and Ubuntu, apt-get install openjdk-17-jdk-headless")
    if not jar.exists():
        raise _Missing(f"there is no {jar}")
    sources = sorted(str(source) for source in (folder / "java").glob("*.java"))
    classes = str(folder / "classes")
    if subprocess.call(["javac", "--release", "17", "-cp", str(jar), "-d", classes, *sources]) != 0:
        raise _Missing("the Java runner does not compile against this JAR: is it of another version?")
    return ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", os.pathsep.join((str(jar), classes)), "Runner"]
