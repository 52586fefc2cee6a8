"""Rule sets: from text and from files, what they say of themselves, and every way in which they can be wrong."""

from __future__ import annotations

import hashlib
import pathlib
import struct

import pytest
from documents import PAYMENT_PROTO, PAYMENTS

import fishplate
from fishplate import RuleSet


def test_a_rule_set_says_what_it_holds(payments: RuleSet) -> None:
    assert payments.name == "payments"
    assert payments.outputs == ("score", "action")
    assert payments.rules == ("large", "often", "named", "watched")
    assert payments.features == ("seen",)
    assert set(payments.fields) >= {"amount", "country", "device.name"}
    assert "payments" in repr(payments)


def test_the_version_is_the_hash_of_document_and_schema(payments: RuleSet) -> None:
    parts = (PAYMENTS.encode(), PAYMENT_PROTO.encode())
    framed = b"".join(struct.pack("<Q", len(part)) + part for part in parts)
    assert payments.version == hashlib.sha256(framed).digest()


def test_schema_files_may_be_bytes() -> None:
    with RuleSet.from_text(PAYMENTS, {"payment.proto": PAYMENT_PROTO.encode()}) as rules:
        assert rules.name == "payments"


def test_a_file_is_loaded_with_the_schema_beside_it(tmp_path: pathlib.Path, payments: RuleSet) -> None:
    (tmp_path / "rules.yaml").write_text(PAYMENTS)
    (tmp_path / "payment.proto").write_text(PAYMENT_PROTO)
    for path in (tmp_path / "rules.yaml", str(tmp_path / "rules.yaml")):
        with RuleSet.from_file(path) as rules:
            assert rules.version == payments.version


def test_a_missing_file_is_not_found_and_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(fishplate.NotFound) as caught:
        RuleSet.from_file(tmp_path / "absent.yaml")
    assert caught.value.code == "F0808"
    assert caught.value.status.retryable
    assert "absent.yaml" in str(caught.value)


def test_a_missing_schema_file_is_told_at_its_place() -> None:
    with pytest.raises(fishplate.FishplateError) as caught:
        RuleSet.from_text(PAYMENTS, file="payments.yaml")
    assert "payment.proto" in str(caught.value)


def test_every_mistake_is_told_at_once_with_code_place_and_caret() -> None:
    document = PAYMENTS.replace("1000.0", '"1000"').replace(">= 3", "> features.sene").replace('"CH"', "nix")
    with pytest.raises(fishplate.InvalidArgument) as caught:
        RuleSet.from_text(document, {"payment.proto": PAYMENT_PROTO}, file="rules/payments.yaml")
    error = caught.value
    assert error.status is fishplate.Status.INVALID_ARGUMENT
    assert error.status.state == "EVENT_REJECTED"
    assert len(error.diagnostics) >= 3
    first = error.diagnostics[0]
    assert (first.code, error.code) == ("F0203", "F0203")
    assert first.place is not None
    line = next(at for at, text in enumerate(document.splitlines(), 1) if '"1000"' in text)
    column = document.splitlines()[line - 1].index('"1000"') + 1
    assert str(first.place) == f"rules/payments.yaml:{line}:{column}"
    assert first.place.source == document.splitlines()[line - 1]
    assert str(error).startswith(f"error[F0203]: {first.message}\n")
    assert "^^^^^^" in str(error)


def test_text_that_is_no_yaml_is_refused_with_a_code() -> None:
    with pytest.raises(fishplate.InvalidArgument) as caught:
        RuleSet.from_text("rules: [", file="bad.yaml")
    assert caught.value.code == "F0401"
    assert "bad.yaml:" in str(caught.value)


def test_limits_hold_for_documents() -> None:
    with pytest.raises(fishplate.InvalidArgument) as caught:
        RuleSet.from_text(PAYMENTS, {"payment.proto": PAYMENT_PROTO}, limits=fishplate.Limits(rules=3))
    assert caught.value.code == "F0707"


def test_a_closed_rule_set_is_refused_everywhere_and_closes_again() -> None:
    rules = RuleSet.from_text(PAYMENTS, {"payment.proto": PAYMENT_PROTO})
    rules.close()
    rules.close()
    for use in (lambda: rules.name, lambda: rules.version, lambda: rules.fields, lambda: fishplate.Engine(rules)):
        with pytest.raises(fishplate.FailedPrecondition) as caught:
            use()
        assert caught.value.code == "F0801"
    assert "closed" in repr(rules)


def test_an_engine_outlives_its_closed_rule_set() -> None:
    rules = RuleSet.from_text(PAYMENTS, {"payment.proto": PAYMENT_PROTO})
    with fishplate.Engine(rules) as engine:
        rules.close()
        assert engine.decide({"amount": 1.0, "at": fishplate.Timestamp(0)}).outputs["score"] == 0


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((b"text",), {}),
        (("text", {"a": 1}), {}),
        (("text", {1: "a"}), {}),
        (("text",), {"limits": {"rules": 1}}),
    ],
)
def test_arguments_of_wrong_types_are_type_errors(arguments: tuple[object], options: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        RuleSet.from_text(*arguments, **options)  # type: ignore[arg-type]
