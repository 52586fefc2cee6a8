"""Runs the examples of README.md and docs/transports.md as a newcomer would copy them, against what `make build` made.

Each block is taken from the page as it stands and must print what the page says. Ends with exit code 1 and the
difference.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "target" / "dist"
JAR = ROOT / "bindings-java" / "target" / "fishplate-0.1.0.jar"

# By hand from docs/samples: 1500 + 600 within the hour is over 2000 (R001); 1250.5 from SE is large and from abroad
# (R002); the fourth line is the second again; the fifth comes an hour later.
SESSION = "1 [] \n2 ['R001'] \n3 ['R002'] \n4 ['R001'] repeated\n5 [] \n5\n"


def main() -> int:
    """Runs each block; prints one line an example and the count."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        examples = [
            (
                "rust",
                rust,
                'Some(String("ALLOW")) []\nSome(String("REVIEW")) ["R001"]\n',
            ),
            ("python", python, "ALLOW []\nREVIEW ['R001']\n"),
            ("java", java, "ALLOW []\nREVIEW [R001]\n"),
            ("c", c, "ALLOW\nREVIEW\n"),
        ]
        for language, run, expected in examples:
            got = run(block(page, language), Path(folder))
            passed = got == expected
            failed += not passed
            print(f"README, {language}: {'as it says' if passed else f'printed {got!r}, not {expected!r}'}")
        got = session_example(Path(folder))
        failed += got != SESSION
        print(f"transports, python: {'as it says' if got == SESSION else f'printed {got!r}, not {SESSION!r}'}")
        quickstart = (ROOT / "examples" / "quickstart" / "rules.yaml").read_text(encoding="utf-8")
        shown = block(page, "yaml")
        same = quickstart.endswith(shown)
        failed += not same
        print(f"README, rules: {'the file as it stands' if same else 'differ from examples/quickstart/rules.yaml'}")
    print(f"{len(examples) + 2 - failed} passed, {failed} failed")
    return 1 if failed else 0


def block(page: str, language: str) -> str:
    """The first block of `language`."""
    found = re.search(rf"```{language}\n(.*?)```", page, re.DOTALL)
    if found is None:
        sys.exit(f"README.md has no {language} block")
    return found.group(1)


def output(*command: str | Path) -> str:
    """What a command prints; its complaint if it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else f"exit code {done.returncode}: {done.stdout}{done.stderr}"


def rust(source: str, folder: Path) -> str:
    """Against the optimised library, which every program here was built with."""
    file = folder / "quickstart.rs"
    file.write_text(source, encoding="utf-8")
    release = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
    return (
        output(
            "cargo",
            "build",
            "--quiet",
            "--release",
            "--locked",
            "--offline",
            "-p",
            "fishplate",
        )
        or output(
            *("rustc", "--edition", "2024", "-L", f"dependency={release}/deps", file),
            *(
                "--extern",
                f"fishplate={release}/libfishplate.rlib",
                "-o",
                folder / "quickstart_rust",
            ),
        )
        or output(folder / "quickstart_rust")
    )


def python(source: str, folder: Path) -> str:
    """In a fresh virtual environment, with nothing but the wheel."""
    fresh = folder / "venv"
    venv.create(fresh, with_pip=True)
    wheel = next((DIST / "python").glob("fishplate-*.whl"))
    installed = output(
        fresh / "bin" / "pip",
        "install",
        "--quiet",
        "--no-index",
        "--disable-pip-version-check",
        wheel,
    )
    if installed:
        return installed
    (folder / "quickstart.py").write_text(source, encoding="utf-8")
    return output(fresh / "bin" / "python", folder / "quickstart.py")


def session_example(folder: Path) -> str:
    """The client of docs/transports.md with a real server, in the folder of the samples."""
    samples = ROOT / "docs" / "samples"
    program = ROOT / "target" / "release" / "fishplate"
    command = [program, "serve", "--rules", samples / "payments.yaml", "--grpc", "127.0.0.1:0"]
    page = (ROOT / "docs" / "transports.md").read_text(encoding="utf-8")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split()[-1]
        source = block(page, "python").replace("grpc://127.0.0.1:7420", address)
        script = folder / "session.py"
        script.write_text(source, encoding="utf-8")
        python = folder / "venv" / "bin" / "python"
        done = subprocess.run([python, script], cwd=samples, capture_output=True, text=True, check=False, timeout=60)
        server.terminate()
    return done.stdout if done.returncode == 0 else done.stderr


def java(source: str, folder: Path) -> str:
    """As a single-file program with the JAR on the class path."""
    file = folder / "Quickstart.java"
    file.write_text(source, encoding="utf-8")
    return output("java", "-cp", JAR, file)


def c(source: str, folder: Path) -> str:
    """Compiled with warnings as errors against the installed header and library."""
    file = folder / "quickstart.c"
    file.write_text(source, encoding="utf-8")
    library = DIST / "c"
    compiled = output(
        *(
            "cc",
            "-std=c11",
            "-Wall",
            "-Wextra",
            "-Werror",
            f"-I{library}/include",
            file,
        ),
        *(
            f"-L{library}/lib",
            "-lfishplate",
            f"-Wl,-rpath,{library}/lib",
            "-o",
            folder / "quickstart",
        ),
    )
    return compiled or output(folder / "quickstart")


if __name__ == "__main__":
    sys.exit(main())
