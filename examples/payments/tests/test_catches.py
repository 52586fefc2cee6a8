"""The README says what the rules catch, as it is."""

from __future__ import annotations

import catches
from programs import ROOM


def test_the_tables_of_the_readme_are_what_the_rules_catch() -> None:
    readme = (ROOM / "README.md").read_text(encoding="utf-8")
    found = catches.run(catches.SEED, catches.EVENTS)
    assert found in readme, f"`python catches.py` prints other tables now:\n{found}"
