"""A server for the tests: the real program, on a free port and a ring of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOM = Path(__file__).resolve().parents[1]
PROGRAM = ROOM.parents[1] / "target" / "release" / "fishplate"
sys.path.insert(0, str(ROOM))


@pytest.fixture
def server() -> Iterator[dict[str, str]]:
    """Addresses by scheme. A server a test: windows remember, and the pumps' time begins anew."""
    command = [PROGRAM, "serve", "--rules", ROOM / "telemetry.yaml", "--grpc", "127.0.0.1:0"]
    ring = f"telemetry-test-{os.getpid()}"
    process = subprocess.Popen([*command, "--ring", ring], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    addresses = {}
    try:
        for line in process.stdout:
            if line.startswith("listening "):
                address = line.split()[1]
                addresses[address.split(":")[0]] = address
            elif line.strip() == "ready":
                break
        yield addresses
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0, "a server that is told to stop ends with exit code 0"
