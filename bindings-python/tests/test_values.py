"""Values: Python's own go in, Python's own come out, and what no field can take is refused with a way out."""

from __future__ import annotations

import decimal
import enum
import math
import pickle
from collections import OrderedDict
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest

import fishplate
from fishplate import Duration, Engine, Timestamp, Uint

NOON = Timestamp(1_767_268_800, 123_456_789)


class Colour(enum.StrEnum):
    """Text of a class of its own."""

    RED = "red"


class Level(enum.IntEnum):
    """A number of a class of its own."""

    HIGH = 3


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("bool", True, True),
        ("bool", False, False),
        ("int", -(2**63), -(2**63)),
        ("int", 2**63 - 1, 2**63 - 1),
        ("int", Level.HIGH, 3),
        ("int", Uint(7), 7),
        ("uint", 2**64 - 1, Uint(2**64 - 1)),
        ("uint", Uint(5), Uint(5)),
        ("uint", 5, Uint(5)),
        ("double", 0.1, 0.1),
        ("double", 3, 3.0),
        ("double", math.inf, math.inf),
        ("string", "é🛤\0", "é🛤\0"),
        ("string", Colour.RED, "red"),
        ("bytes", b"\0\xff", b"\0\xff"),
        ("bytes", bytearray(b"ab"), b"ab"),
        ("bytes", memoryview(b"abcd")[::2], b"ac"),
        ("timestamp", NOON, NOON),
        ("timestamp", datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC), Timestamp(-1, 999_999_000)),
        ("timestamp", datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), Timestamp(1_767_225_600)),
        ("duration", Duration(-1, -500_000_000), Duration(-1, -500_000_000)),
        ("duration", timedelta(seconds=-1, microseconds=-500_000), Duration(-1, -500_000_000)),
        ("doubles", [1.0, 2], [1.0, 2.0]),
        ("doubles", (1.0, 2), [1.0, 2.0]),
        ("doubles", [], []),
        ("by_string", {"b": 1.0, "a": 2.0}, {"b": 1.0, "a": 2.0}),
        ("by_string", OrderedDict(a=1.0), {"a": 1.0}),
        ("by_int", {-1: "x", 10: "y"}, {-1: "x", 10: "y"}),
    ],
)
def test_a_value_comes_out_as_it_went_in(values: Engine, field: str, value: Any, expected: Any) -> None:
    got = values.decide({field: value}).outputs[field]
    assert got == expected
    assert type(got) is type(expected)


def test_none_is_absent(values: Engine) -> None:
    fields = ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"]
    fields += ["doubles", "by_string", "by_int", "device"]
    assert values.decide(dict.fromkeys(fields)).matched == ()


def test_nan_comes_out_as_nan(values: Engine) -> None:
    assert math.isnan(values.decide({"double": math.nan}).outputs["double"])


def test_a_nested_message_is_a_mapping(values: Engine) -> None:
    assert values.decide({"device": {"id": "k1"}}).outputs == {"device": "k1"}


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("int", 2**64, "an int of more than 64 bits"),
        ("int", -(2**63) - 1, "an int of more than 64 bits"),
        ("string", "half \ud800", "a str with a lone surrogate"),
        ("timestamp", datetime(2026, 1, 1), "a naive datetime (give it a time zone, such as datetime.timezone.utc)"),
        ("timestamp", "2026-01-01T00:00:00Z", "string"),
        ("duration", timedelta.max, "a timedelta of more than 10,000 years"),
        ("double", decimal.Decimal(1), "a decimal.Decimal"),
        ("doubles", {1.0}, "a set"),
        ("string", object(), "an object"),
        ("double", "1", "string"),
        ("bool", 1, "int"),
    ],
)
def test_what_a_field_cannot_take_is_refused_by_name(values: Engine, field: str, value: Any, text: str) -> None:
    with pytest.raises(fishplate.InvalidArgument) as caught:
        values.decide({field: value})
    assert text in str(caught.value)
    (diagnostic,) = caught.value.diagnostics
    assert str(diagnostic.place) == f"event.{field}"
    assert values.counters.refused == 1


def test_a_number_outside_its_field_is_refused(values: Engine) -> None:
    for field, value in (("int", 2**63), ("uint", -1), ("int", 2**64), ("uint", 2**64), ("int", -(2**63) - 1)):
        with pytest.raises(fishplate.InvalidArgument) as caught:
            values.decide({field: value})
        assert caught.value.code == "F0604"


def test_a_list_that_contains_itself_is_refused(values: Engine) -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(fishplate.InvalidArgument):
        values.decide({"doubles": endless})


def test_only_the_fields_that_rules_read_are_read(values: Engine) -> None:
    assert values.decide({"int": 1, "ignored": object()}).outputs["int"] == 1


def test_a_time_zone_that_raises_reaches_the_caller(values: Engine) -> None:
    class Broken(tzinfo):
        """A time zone that does not know."""

        def utcoffset(self, _: datetime | None) -> timedelta:
            """Raise."""
            raise LookupError("no such zone")

        def dst(self, _: datetime | None) -> None:
            """Have none."""

        def tzname(self, _: datetime | None) -> None:
            """Have none."""

    with pytest.raises(LookupError, match="no such zone"):
        values.decide({"timestamp": datetime(2026, 1, 1, tzinfo=Broken())})


def test_timestamps_convert_order_and_print() -> None:
    assert Timestamp.from_datetime(datetime(2026, 1, 1, 12, 0, 0, 5, UTC)) == Timestamp(1_767_268_800, 5000)
    assert NOON.to_datetime() == datetime(2026, 1, 1, 12, 0, 0, 123_456, UTC)
    assert Timestamp(-1, 999_999_999).to_datetime() == datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)
    assert Timestamp(-1, 999_999_999) < Timestamp(0) <= Timestamp(0, 0) < Timestamp(0, 1)
    assert str(NOON) == "2026-01-01T12:00:00.123456789Z"
    assert Timestamp.parse("2026-01-01T13:00:00.123456789+01:00") == NOON
    assert repr(NOON) == "Timestamp(1767268800, 123456789)"
    assert len({NOON, Timestamp(NOON.seconds, NOON.nanos)}) == 1
    assert pickle.loads(pickle.dumps(NOON)) == NOON
    for first, last in ((datetime.min, Timestamp(-62_135_596_800)), (datetime.max, None)):
        taken = Timestamp.from_datetime(first.replace(tzinfo=UTC))
        assert taken.to_datetime() == first.replace(tzinfo=UTC)
        assert last is None or taken == last


def test_durations_convert_order_and_print() -> None:
    assert Duration.from_timedelta(timedelta(microseconds=-1)) == Duration(0, -1000)
    assert Duration(-1, -500_000_999).to_timedelta() == timedelta(seconds=-1, microseconds=-500_000)
    assert Duration(-1, -1) < Duration(-1) < Duration(0, -1) < Duration(0)
    assert str(Duration(-1, -500_000_000)) == "-1.500s"
    assert Duration.parse("1h30m") == Duration(5400)
    assert pickle.loads(pickle.dumps(Duration(3, 4))) == Duration(3, 4)
    assert hash(Duration(3)) == hash(Duration(3))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Timestamp(253_402_300_800),
        lambda: Timestamp(0, -1),
        lambda: Timestamp.parse("yesterday"),
        lambda: Timestamp.from_datetime(datetime(2026, 1, 1)),
        lambda: Timestamp.from_datetime(datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))),
        lambda: Duration(1, -1),
        lambda: Duration(315_576_000_001),
        lambda: Duration.parse("soon"),
        lambda: Duration.from_timedelta(timedelta.max),
        lambda: Uint(-1),
        lambda: Uint(2**64),
        lambda: fishplate.Limits(rules=-1),
        lambda: fishplate.Limits(rules=2**64),
        lambda: fishplate.Limits(rules=True),
    ],
)
def test_values_outside_their_range_cannot_be_made(make: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        make()


def test_uint_is_an_int_of_a_declared_type() -> None:
    assert Uint(5) == 5
    assert type(Uint(5) + 1) is int
    assert (repr(Uint(5)), str(Uint(5)), f"{Uint(5)}") == ("Uint(5)", "5", "5")
    assert type(pickle.loads(pickle.dumps(Uint(5)))) is Uint


def test_values_are_immutable() -> None:
    for thing, name in ((NOON, "seconds"), (Duration(1), "nanos"), (fishplate.Limits(), "rules")):
        with pytest.raises(AttributeError):
            setattr(thing, name, 1)


def test_limits_are_those_of_the_core() -> None:
    from fishplate._native import limits_table  # noqa: PLC0415

    names = [name for name, _, _ in limits_table()]
    assert names == list(fishplate.Limits.__dataclass_fields__)
    documented = fishplate.Limits.__doc__ or ""
    for name, default, _ in limits_table():
        shown = {1 << 20: "1 MiB", 256 << 10: "256 KiB", 32 << 20: "32 MiB"}.get(default, f"{default:,}")
        line = next(line for line in documented.splitlines() if line.strip().startswith(f"{name}:"))
        assert line.endswith(f"({shown}).")
