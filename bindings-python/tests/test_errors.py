"""Errors: one class a status, the core's text unchanged, codes that can be explained."""

from __future__ import annotations

import copy
import pickle

import pytest

import fishplate
from fishplate import Diagnostic, FishplateError, Place, Status
from fishplate.errors import refusal


def test_every_status_but_ok_has_its_own_class() -> None:
    for status in Status:
        error = refusal(status, "text", ())
        if status is not Status.OK:
            assert type(error).__name__ == "".join(word.capitalize() for word in status.name.split("_"))
            assert type(error) in FishplateError.__subclasses__()
            assert getattr(fishplate, type(error).__name__) is type(error)
        assert error.status is status
        assert str(error) == "text"


def test_wrong_input_is_also_a_value_error() -> None:
    assert issubclass(fishplate.InvalidArgument, ValueError)


def test_an_error_survives_pickle_and_copy(engine: fishplate.Engine) -> None:
    with pytest.raises(fishplate.InvalidArgument) as caught:
        engine.decide(b"\xff")
    error = caught.value
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert (again.status, again.code, again.diagnostics) == (error.status, error.code, error.diagnostics)


def test_a_place_prints_as_in_the_text() -> None:
    assert str(Place("text", "r.yaml", 14, 24, 5, "  when: x")) == "r.yaml:14:24"
    assert str(Place("field", "device.name")) == "event.device.name"
    assert str(Place("field", "")) == "event"
    assert str(Place("name", "r.yaml")) == "r.yaml"


def test_an_error_without_diagnostics_has_no_code() -> None:
    assert FishplateError("text").code == ""
    assert FishplateError("text", (Diagnostic("F0101", "m", None, "", None),)).code == "F0101"


def test_the_status_says_what_to_do_next() -> None:
    assert (Status.UNAVAILABLE.retryable, Status.UNAVAILABLE.effect_unknown) == (True, True)
    assert (Status.NOT_FOUND.state, Status.NOT_FOUND.effect_unknown) == ("EVENT_MISSING", False)
    assert Status(3) is Status.INVALID_ARGUMENT


def test_a_code_can_be_explained() -> None:
    text = fishplate.explain_error("F0203")
    assert text.startswith("F0203: ")
    assert fishplate.explain_error("f0203") == fishplate.explain_error(203) == text
    for unknown in ("F9999", "203", "", 9999, -1, 10**30):
        with pytest.raises(fishplate.InvalidArgument) as caught:
            fishplate.explain_error(unknown)
        assert caught.value.code == "F0809"
    with pytest.raises(TypeError):
        fishplate.explain_error(None)  # type: ignore[arg-type]
