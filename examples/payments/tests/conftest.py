"""The room on the path, and a place for documents."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

ROOM = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOM))


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A folder with the schema, where documents can stand."""
    shutil.copy(ROOM / "payment.proto", tmp_path)
    return tmp_path
