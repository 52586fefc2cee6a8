"""The command line that the wheel carries: found, run, and ended by Ctrl-C."""

from __future__ import annotations

import json
import pathlib
import signal
import subprocess
import sys
import sysconfig
import time

import pytest

import fishplate

SCRIPT = pathlib.Path(sysconfig.get_path("scripts")) / "fishplate"
RULES = """\
fishplate: 1
name: amounts
schema: {fields: {amount: double}}
outputs: {score: {type: int, merge: sum, default: 0}}
rules: [{id: large, when: event.amount > 1000.0, output: {score: 40}}]
"""


@pytest.mark.parametrize("command", [[str(SCRIPT)], [sys.executable, "-m", "fishplate"]])
def test_the_program_checks_and_explains(command: list[str], tmp_path: pathlib.Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    assert subprocess.run([*command, "check", str(rules)], check=False, capture_output=True).returncode == 0
    rules.write_text(RULES.replace("1000.0", '"1000"'))
    checked = subprocess.run([*command, "check", str(rules)], check=False, capture_output=True, text=True)
    assert checked.returncode == 2
    assert "error[F0203]" in checked.stdout + checked.stderr
    explained = subprocess.run([*command, "explain-error", "F0203"], check=True, capture_output=True, text=True)
    assert explained.stdout == fishplate.explain_error("F0203") + "\n"


def test_the_program_decides_what_the_engine_decides(tmp_path: pathlib.Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "events.jsonl").write_text('{"amount": 1200.0}\n{"amount": 1.0}\n')
    arguments = ["run", "--rules", "rules.yaml", "--events", "events.jsonl"]
    ran = subprocess.run([str(SCRIPT), *arguments], check=True, capture_output=True, text=True, cwd=tmp_path)
    shown = [json.loads(line) for line in ran.stdout.splitlines()]
    with fishplate.RuleSet.from_file(tmp_path / "rules.yaml") as rules, fishplate.Engine(rules) as engine:
        own = [engine.decide(f'{{"amount": {amount}}}', format="json").to_dict() for amount in (1200.0, 1.0)]
    for theirs, ours in zip(shown, own, strict=True):
        common = theirs.keys() & ours.keys()
        assert common >= {"id", "late", "repeated", "outputs", "matched", "features", "errors", "shadow", "trace"}
        assert {name: theirs[name] for name in common} == {name: ours[name] for name in common}


def test_ctrl_c_ends_the_program_while_it_waits(tmp_path: pathlib.Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    arguments = ["run", "--rules", "rules.yaml", "--events", "-", "--format", "jsonl"]
    process = subprocess.Popen(
        [str(SCRIPT), *arguments], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(1)
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode in (130, -signal.SIGINT)
