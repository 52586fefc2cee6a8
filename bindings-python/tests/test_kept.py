"""Engines whose inputs are kept in a folder: what was told before a process died stands after it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import fishplate
from fishplate import Decision, Engine, RuleSet, Timestamp

RULES = """\
fishplate: 1
name: kept
schema: {fields: {id: int, who: string, at: timestamp}}
event: {time: at, id: id}
outputs: {seen: {type: int, merge: first}}
features: {seen: {by: event.who, count: true, sliding: 1h, slide: 1h}}
rules:
  - {id: ALL, when: true, output: {seen: features.seen}}
"""

#: Decides for ever, a batch at a time, and says which ids it was told of.
CHILD = """\
import sys
from fishplate import Engine, RuleSet, Timestamp
engine = Engine(RuleSet.from_text(sys.argv[1]), state=sys.argv[2])
number = int(sys.argv[3])
while True:
    batch = [{"id": at, "who": "a", "at": Timestamp(7)} for at in range(number, number + 7)]
    for decision in engine.decide_all(batch):
        print(decision.id.hex(), decision.outputs["seen"], flush=True)
    number += 7
"""


@pytest.fixture
def rules() -> Iterator[RuleSet]:
    with RuleSet.from_text(RULES) as compiled:
        yield compiled


def event(number: int, who: str = "a") -> dict[str, object]:
    return {"id": number, "who": who, "at": Timestamp(7)}


def seen(decision: Decision | fishplate.FishplateError) -> int:
    assert isinstance(decision, Decision)
    return int(decision.outputs["seen"])


def test_an_engine_goes_on_where_its_folder_was_left(rules: RuleSet, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "made"
    with Engine(rules, state=folder) as engine:
        assert [seen(engine.decide(event(at))) for at in range(3)] == [1, 2, 3]
        assert [seen(decision) for decision in engine.decide_all([event(at) for at in range(3, 6)])] == [4, 5, 6]
        assert seen(engine.preview(event(6))) == 7
        engine.set_mode("ALL", "shadow")
    with Engine(rules, state=str(folder)) as engine:
        assert engine.counters.accepted == 6
        assert dict(engine.state.modes) == {"ALL": "shadow"}
        engine.set_mode("ALL", None)
        again = engine.decide(event(5))
        assert (again.repeated, seen(again)) == (True, 6)
        assert seen(engine.decide(event(6))) == 7


def test_one_engine_at_a_time_has_a_folder(rules: RuleSet, tmp_path: Path) -> None:
    with Engine(rules, state=tmp_path), pytest.raises(fishplate.FailedPrecondition) as caught:
        Engine(rules, state=tmp_path)
    assert caught.value.code == "F0870"
    Engine(rules, state=tmp_path).close()


def test_a_folder_that_cannot_be_one_and_one_of_other_rules_are_refused(rules: RuleSet, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(fishplate.FailedPrecondition) as caught:
        Engine(rules, state=tmp_path / "file")
    assert caught.value.code == "F0871"
    Engine(rules, state=tmp_path / "state").close()
    another = RULES.replace("name: kept", "name: another")
    with RuleSet.from_text(another) as others, pytest.raises(fishplate.FailedPrecondition) as caught:
        Engine(others, state=tmp_path / "state")
    assert caught.value.code == "F0880"
    with pytest.raises(TypeError):
        Engine(rules, state=7)  # type: ignore[arg-type]


def test_a_damaged_folder_is_told_by_its_file(rules: RuleSet, tmp_path: Path) -> None:
    with Engine(rules, state=tmp_path) as engine:
        for at in range(20):
            engine.decide(event(at))
    for name in tmp_path.glob("snapshot-*"):
        name.unlink()
    journal = min(tmp_path.glob("journal-*"))
    damaged = bytearray(journal.read_bytes())
    damaged[200] ^= 1
    journal.write_bytes(damaged)
    with pytest.raises(fishplate.DataLoss) as caught:
        Engine(rules, state=tmp_path)
    assert caught.value.code == "F0874"


def test_what_a_killed_process_was_told_stands(rules: RuleSet, tmp_path: Path) -> None:
    told: list[list[str]] = []
    for _ in range(3):
        command = [sys.executable, "-c", CHILD, RULES, str(tmp_path), str(len(told))]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        for _ in range(30):
            told.append(child.stdout.readline().split())
        child.send_signal(signal.SIGKILL)
        told += [line.split() for line in child.stdout if line.endswith("\n") and len(line.split()) == 2]
        child.wait()
        child.stdout.close()
    with Engine(rules, state=tmp_path) as engine:
        # What was told is what is given again; what was decided and not told comes behind it.
        for at, (identity, count) in enumerate(told):
            again = engine.decide(event(at))
            assert (again.repeated, again.id.hex(), str(seen(again))) == (True, identity, count)
        assert [int(count) for _, count in told] == list(range(1, len(told) + 1))
        accepted = engine.counters.accepted
        assert len(told) <= accepted <= len(told) + 7


def test_threads_wait_for_the_disk_together(rules: RuleSet, tmp_path: Path) -> None:
    counts: list[int] = []
    with Engine(rules, state=tmp_path) as engine:

        def work(first: int) -> None:
            counts.extend(seen(engine.decide(event(first + at))) for at in range(25))

        threads = [threading.Thread(target=work, args=(first * 1_000,)) for first in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
    assert sorted(counts) == list(range(1, 101)), "each event was counted once"
    with Engine(rules, state=tmp_path) as engine:
        assert engine.counters.accepted == 100


def _in_a_child(engine: Engine, tmp_path: Path) -> None:
    try:
        engine.decide(event(1))
    except fishplate.FailedPrecondition as error:
        os._exit(0 if error.code == "F0805" else 2)
    os._exit(1)


def test_a_child_of_a_fork_has_no_part_in_the_folder(rules: RuleSet, tmp_path: Path) -> None:
    with Engine(rules, state=tmp_path) as engine:
        assert seen(engine.decide(event(0))) == 1
        child = multiprocessing.get_context("fork").Process(target=_in_a_child, args=(engine, tmp_path))
        child.start()
        child.join(timeout=30)
        assert child.exitcode == 0
        assert seen(engine.decide(event(1))) == 2
        with pytest.raises(fishplate.FailedPrecondition):
            Engine(rules, state=tmp_path)
