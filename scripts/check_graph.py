"""Holds the crates to docs/architecture.md: the arrows between them, and what may never happen in the core.

The page has a block fenced as `graph`; a line `a -> b, c` says that crate a may depend on b and c and on no other
crate of this workspace. An arrow that the page has and the crates lack is an error too: the page shows the house as
built. Ends with exit code 1 and the difference.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"

#: What a deterministic core without input and output never says, and why.
NEVER_IN_CORE = {
    r"\bstd::thread\b": "threads belong to the driver",
    r"\bstd::net\b": "sockets belong to the driver",
    r"\bstd::fs\b": "files belong to the driver",
    r"\b(Instant|SystemTime)\b": "time enters as event time",
    r"\brand::": "chance belongs to nobody",
    r"\bHashMap::new\(\)\.iter\b": "the order of a hash map is chance",
    r"(?i)\b(python|java|jni|pyo3)\b": "the core knows no language by name",
}


def main() -> int:
    """Compares, prints what differs."""
    faults = [*arrows(), *names(), *core()]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"crate graph: {'differs' if faults else 'as docs/architecture.md says'}")
    return 1 if faults else 0


def metadata() -> list[dict]:
    """The crates of this workspace."""
    command = [
        "cargo",
        "metadata",
        "--no-deps",
        "--offline",
        "--locked",
        "--format-version",
        "1",
    ]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return json.loads(output)["packages"]


def arrows() -> list[str]:
    """The arrows of the crates against those of the page."""
    block = re.search(r"```graph\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if block is None:
        return [f"{PAGE}: there is no block fenced as `graph`"]
    page: dict[str, set[str]] = {}
    for line in block.group(1).splitlines():
        crate, _, targets = line.partition("->")
        page[crate.strip()] = {target.strip() for target in targets.split(",") if target.strip()}
    packages = metadata()
    ours = {package["name"] for package in packages}
    built = {
        package["name"]: {
            dependency["name"]
            for dependency in package["dependencies"]
            if dependency["name"] in ours and dependency["kind"] in (None, "build")
        }
        for package in packages
    }
    faults = [f"{crate} is not on the page" for crate in built.keys() - page.keys()]
    faults += [f"{crate} is on the page and not in the workspace" for crate in page.keys() - built.keys()]
    for crate in sorted(built.keys() & page.keys()):
        faults += [f"{crate} -> {target} is not on the page" for target in sorted(built[crate] - page[crate])]
        faults += [f"{crate} -> {target} is on the page only" for target in sorted(page[crate] - built[crate])]
    return faults


def names() -> list[str]:
    """No two libraries of one name."""
    seen: dict[str, str] = {}
    faults = []
    for package in metadata():
        for target in package["targets"]:
            if set(target["kind"]) & {"lib", "cdylib", "staticlib", "rlib"}:
                other = seen.setdefault(target["name"], package["name"])
                if other != package["name"]:
                    faults.append(f"{package['name']} and {other} both build a library `{target['name']}`")
    return faults


def core() -> list[str]:
    """What may never happen in the core."""
    faults = []
    for room in ("core/cel", "core/engine"):
        if "#![forbid(unsafe_code)]" not in (ROOT / room / "src" / "lib.rs").read_text(encoding="utf-8"):
            faults.append(f"{room}/src/lib.rs does not forbid unsafe code")
        for file in sorted((ROOT / room / "src").rglob("*.rs")):
            faults += lines(file)
    return faults


def lines(file: Path) -> list[str]:
    """The lines of a file of the core that say what it never says; its tests may."""
    faults = []
    if file.name == "tests.rs" or "tests" in file.parts:
        return faults
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() == "#[cfg(test)]":
            break
        if line.lstrip().startswith("//"):
            continue
        for pattern, why in NEVER_IN_CORE.items():
            if re.search(pattern, line):
                faults.append(f"{file.relative_to(ROOT)}:{number}: {why}: {line.strip()}")
    return faults


if __name__ == "__main__":
    sys.exit(main())
