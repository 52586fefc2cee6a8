"""What every test starts with, and what it ends with: no live objects."""

from __future__ import annotations

import gc
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import PAYMENT_PROTO, PAYMENTS, PUMPS, VALUES

import fishplate


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Every object is freed when its test has ended."""
    yield
    gc.collect()
    assert fishplate.live_objects() == {"rule_set": 0, "engine": 0, "session": 0}


@pytest.fixture
def shared(engine: fishplate.Engine, request: pytest.FixtureRequest) -> str:
    """The address of an engine of payments that is shared in this process."""
    name = f"payments-{request.node.name}"
    engine.share(name)
    return f"inproc:{name}"


@pytest.fixture(params=["grpc", "shm"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a real server that decides payments: over gRPC, and through shared memory."""
    (tmp_path / "payment.proto").write_text(PAYMENT_PROTO)
    (tmp_path / "payments.yaml").write_text(PAYMENTS)
    program = Path(__file__).resolve().parents[2] / "target" / "release" / "fishplate"
    ring = f"python-test-{os.getpid()}"
    where = ["--grpc", "127.0.0.1:0"] if request.param == "grpc" else ["--ring", ring]
    command: list[str | Path] = [program, "serve", "--rules", tmp_path / "payments.yaml", *where]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with process:
        assert process.stdout is not None
        lines = [process.stdout.readline().split() for _ in range(2)]
        assert lines[1] == ["ready"], lines
        yield lines[0][1]
        process.terminate()
        assert process.wait(20) == 0, "a server that is told to stop drains and ends with 0"


@pytest.fixture
def payments() -> Iterator[fishplate.RuleSet]:
    """Rules over a `.proto` schema."""
    with fishplate.RuleSet.from_text(PAYMENTS, {"payment.proto": PAYMENT_PROTO}) as rules:
        yield rules


@pytest.fixture
def engine(payments: fishplate.RuleSet) -> Iterator[fishplate.Engine]:
    """An engine of payments."""
    with fishplate.Engine(payments) as engine:
        yield engine


@pytest.fixture
def pumps() -> Iterator[fishplate.RuleSet]:
    """Rules that fire without an event, and a window; partitioned."""
    with fishplate.RuleSet.from_text(PUMPS) as rules:
        yield rules


@pytest.fixture
def values() -> Iterator[fishplate.Engine]:
    """An engine whose outputs repeat the fields of the event, one of each type."""
    with fishplate.RuleSet.from_text(VALUES) as rules, fishplate.Engine(rules) as engine:
        yield engine
