"""What every play of a scenario does with answers: compares, counts, and notes what differs.

This file knows answers and what was expected of them; it knows no command and no step.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

from .expect import Difference, compare_refusals, read_refusal, refusal_of
from .scenario import Found, Notes, Scenario, Step
from .sites import InProcess, Served


class Checks:
    """The checks of one scenario in one format at one site."""

    def __init__(self, scenario: Scenario, form: str, site: InProcess | Served, notes: Notes) -> None:
        self.scenario, self.form, self.site, self.notes = scenario, form, site, notes
        self.found: list[Found] = []
        self.checks = 0
        self.at = ""

    def _kind(self, expected: str, answer: list[str]) -> bool:
        self.checks += 1
        if answer[0] == expected:
            return True
        shown = answer[0] if len(answer) < 2 else f"{answer[0]}: {unquote(answer[-1])}"
        if answer[0] == "decision":
            shown = " ".join(unquote(part) for part in answer)
        self.differs(Difference("answer", expected, shown))
        return False

    def _told(self, *fields: str) -> None:
        answer = self.site.ask(*fields)
        shown = answer[:1] if answer[0] == "ok" else [unquote(field) for field in answer]
        self._equal(f"answer to `{fields[0]}`", ["ok"], shown)

    def _equal(self, name: str, expected: list[str], got: list[str]) -> bool:
        self.checks += 1
        if expected != got:
            self.differs(Difference(name, " ".join(expected), " ".join(got)))
        return expected == got

    def _refused(self, step: Step, answer: list[str]) -> None:
        if self._kind("error", answer):
            expected = refusal_of(step["error"])
            # Our own folder's name stands in places of files; a scenario writes {folder}.
            here = [text.replace("{folder}", str(self.scenario.folder)) for text in expected.diagnostics]
            got = read_refusal(answer[1:])
            differences = compare_refusals(replace(expected, diagnostics=here), got)
            if differences and "or" in step["error"]:
                differences = compare_refusals(refusal_of(step["error"]["or"]), got)
            for difference in differences:
                self.differs(difference)
            if not step["error"].get("varies"):
                self._shared("text", got.text or "")

    def _shared(self, name: str, answer: str) -> None:
        """Notes an answer; the grid compares it with what the other paths answered."""
        self.notes[(self.form, self.at, name)] = answer

    def differs(self, difference: Difference) -> None:
        """Notes a difference at the present step."""
        self.found.append(Found(self.scenario.name, self.site.path.name, self.form, self.at, difference))
