"""What every test starts with, and what it ends with: no live objects."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from documents import PAYMENT_PROTO, PAYMENTS, VALUES

import fishplate


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Every object is freed when its test has ended."""
    yield
    gc.collect()
    assert fishplate.live_objects() == {"rule_set": 0, "engine": 0}


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
def values() -> Iterator[fishplate.Engine]:
    """An engine whose outputs repeat the fields of the event, one of each type."""
    with fishplate.RuleSet.from_text(VALUES) as rules, fishplate.Engine(rules) as engine:
        yield engine
