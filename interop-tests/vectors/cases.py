"""The cases of the vectors, in plain terms. What their bytes are is for docs/canonical.md to say, not for this file.

To add one, write it here and run make.py; to trust one, read its bytes against the document.
"""

from typing import Any

VALUES: dict[str, Any] = {
    "null": None,
    "false": False,
    "true": True,
    "int zero": "int 0",
    "int minus one": "int -1",
    "int greatest": "int 9223372036854775807",
    "int least": "int -9223372036854775808",
    "uint zero": "uint 0",
    "uint one above the greatest int": "uint 9223372036854775808",
    "uint greatest": "uint 18446744073709551615",
    "double one": "double 1.0",
    "double a tenth": "double 0.1",
    "double zero": "double 0.0",
    "double negative zero": "double -0.0",
    "double infinity": "double inf",
    "double negative infinity": "double -inf",
    "double quiet NaN": "double 0x7ff8000000000000",
    "double quiet NaN with a payload": "double 0x7ff8000000abcdef",
    "double negative NaN": "double 0xfff8000000000000",
    "double signalling NaN": "double 0x7ff0000000000001",
    "double least above zero": "double 0x0000000000000001",
    "double least below zero": "double 0x8000000000000001",
    "double greatest": "double 1.7976931348623157e308",
    "string empty": "string ",
    "string ascii": "string late",
    "string with a NUL inside": "string a\u0000b",
    "string e with acute, one code point": "string \u00e9",
    "string e with acute, two code points": "string e\u0301",
    "string above the basic plane": "string \U0001f6e4",
    "bytes empty": "bytes ",
    "bytes not UTF-8": "bytes ff00fe",
    "timestamp epoch": "timestamp 1970-01-01T00:00:00Z",
    "timestamp one nanosecond after": "timestamp 1970-01-01T00:00:00.000000001Z",
    "timestamp one nanosecond before": "timestamp 1969-12-31T23:59:59.999999999Z",
    "timestamp first": "timestamp 0001-01-01T00:00:00Z",
    "timestamp last": "timestamp 9999-12-31T23:59:59.999999999Z",
    "duration zero": "duration 0s",
    "duration one and a half seconds": "duration 1.5s",
    "duration minus one and a half seconds": "duration -1.5s",
    "duration minus one nanosecond": "duration -0.000000001s",
    "duration longest": "duration 315576000000s",
    "list empty": [],
    "list of ints": ["int 1", "int -1"],
    "list of lists": [[], ["string a"]],
    "list with null": [None, None],
    "map empty": {},
    "map sorted by key": {"b": "int 1", "a": "int 2", "": "int 3", "ab": "int 4"},
    "map sorted by bytes, not by case": {"a": True, "B": False, "\u00e9": True},
    "map sorted by UTF-8, where UTF-16 has another order": {"\U0001f6e4": "int 1", "\ue000": "int 2"},
    "map of int keys, sorted as decimal text": ["map", ["int 10", "string ten"], ["int 9", "string nine"],
                                                ["int -1", "string minus one"]],
    "map of uint keys": ["map", ["uint 18446744073709551615", True], ["uint 0", False]],
    "map of bool keys": ["map", [True, "bytes 01"], [False, "bytes 00"]],
    "map of maps": {"outer": {"inner": ["double 0.5"]}},
}  # fmt: skip

EDGES = {
    "bool": True,
    "int": "int -9223372036854775808",
    "uint": "uint 18446744073709551615",
    "double": "double 0xfff8000000000001",
    "string": "string \u00e9\U0001f6e4",
    "bytes": "bytes ff00",
    "timestamp": "timestamp 1969-12-31T23:59:59.999999999Z",
    "duration": "duration -1.5s",
}
COLLECTIONS = {
    "doubles": ["double -0.0", "double inf", "double 0x7ff0000000000001"],
    "strings": ["string ", "string e\u0301"],
    "by_string": {"\U0001f6e4": "double 1.0", "\ue000": "double 2.0", "": "double -0.0"},
    "by_int": ["map", ["int 9", "string nine"], ["int 10", "string ten"], ["int -1", "string "]],
    "by_uint": ["map", ["uint 18446744073709551615", True], ["uint 0", False]],
    "by_bool": ["map", [True, "bytes 01"], [False, "bytes "]],
}
FIRST = {"id": "uint 1", "at": "timestamp 1970-01-01T00:01:00Z", "key": "string k", "amount": "double 60.0"}
SECOND = {"id": "uint 2", "at": "timestamp 1970-01-01T00:01:30.5Z", "key": "string k", "amount": "double 50.25"}
LATE = {"id": "uint 3", "at": "timestamp 1970-01-01T00:01:20.499999999Z", "key": "string k", "amount": "double 1.0"}

# Places are line:column of the rule set named, counted from 1.
DECISIONS: dict[str, Any] = {
    "nothing": {"rules": "values.yaml", "event": {}, "decision": {}},
    "a trace": {
        "rules": "values.yaml",
        "event": {"bool": False},
        "trace": {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        "decision": {
            "trace": "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "outputs": {"bool": False},
            "matched": ["bool"],
        },
    },
    "scalars at their edges": {
        "rules": "values.yaml",
        "event": EDGES,
        "decision": {
            "outputs": {**EDGES, "ints": ["int -9223372036854775808", "int -9223372036854775808"]},
            "matched": ["bool", "int", "again", "uint", "double", "string", "bytes", "timestamp", "duration"],
        },
    },
    "lists and maps": {
        "rules": "values.yaml",
        "event": COLLECTIONS,
        "decision": {"outputs": COLLECTIONS, "matched": list(COLLECTIONS)},
    },
    "errors and shadow": {
        "rules": "errors.yaml",
        "event": {"a": "int 7", "b": "int 0"},
        "decision": {
            "outputs": {"score": "int -1"},
            "matched": ["most", "one"],
            "errors": ["rule divide F0301 7:24", "output score F1002 5:3"],
            "shadow": {"matched": ["watch"], "errors": ["rule modulus F0302 11:39"]},
        },
    },
    "features of two events": {
        "rules": "windows.yaml",
        "before": [FIRST],
        "event": SECOND,
        "decision": {
            "id": "uint 2",
            "outputs": {"action": "string REVIEW"},
            "matched": ["often", "much"],
            "features": {"seen": "int 2", "spent": "double 110.25"},
        },
    },
    "late": {
        "rules": "windows.yaml",
        "before": [FIRST, SECOND],
        "event": LATE,
        "decision": {
            "id": "uint 3",
            "flags": ["late"],
            "outputs": {"action": "string REVIEW"},
            "matched": ["often", "much"],
            "features": {"seen": "int 2", "spent": "double 110.25"},
        },
    },
    "repeated": {
        "rules": "windows.yaml",
        "before": [FIRST, SECOND],
        "event": FIRST,
        "decision": {"id": "uint 1", "flags": ["repeated"], "outputs": {"action": "string ALLOW"}},
    },
}

# Decisions that no event asked for: the last event, then the time to advance to, at which one rule fires.
TIMERS: dict[str, Any] = {
    "silent for five minutes": {
        "rules": "timers.yaml",
        "event": {"at": "timestamp 1970-01-01T00:00:01.5Z", "key": "string x", "number": "int -3"},
        "advance": "timestamp 1970-01-01T00:05:01.5Z",
        "timer": {"rule": "QUIET", "key": ["string x", "int -3"], "due": "timestamp 1970-01-01T00:05:01.5Z"},
        "decision": {"outputs": {"score": "int 1"}, "matched": ["QUIET"]},
    },
    "held for a minute, before 1970, in the trace of the last event": {
        "rules": "timers.yaml",
        "event": {
            "at": "timestamp 1969-12-31T23:58:59.999999999Z",
            "key": "string \u00e9\U0001f6e4",
            "number": "int 81",
        },
        "trace": {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
        "advance": "timestamp 1970-01-01T00:00:00Z",
        "timer": {
            "rule": "HELD",
            "key": ["string \u00e9\U0001f6e4"],
            "due": "timestamp 1969-12-31T23:59:59.999999999Z",
        },
        "decision": {
            "trace": "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "outputs": {"score": "int 81"},
            "matched": ["HELD"],
        },
    },
}

# Name → the gRPC number of the status, the number of the first code.
REFUSALS: dict[str, tuple[int, int]] = {
    "bytes that are not protobuf": (3, 601),
    "a string too long": (3, 705),
    "an event without a time": (3, 607),
}
