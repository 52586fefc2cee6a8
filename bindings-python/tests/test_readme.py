"""The example of the README prints what the README says."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_the_example_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    program = readme.split("```python\n")[1].split("```")[0]
    printed = readme.split("```text\n")[1].split("```")[0]
    exec(compile(program, "README.md", "exec"), {})  # noqa: S102 - the README is ours
    assert capsys.readouterr().out == printed
