"""Google's engine of CEL, asked through its Python package.

The first line on standard input names the variables and their types. After a greeting, every further line is a list of
questions, each an expression with the values of its variables, and is answered by a line with as many answers. Values
carry their types: src/engines/wire.rs holds the other end. What the engine raises is its answer.
"""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Callable
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_bindings, ext_encoders, ext_math, ext_optional, ext_strings

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
MICROSECOND = datetime.timedelta(microseconds=1)
PLAIN = {
    "null": cel.Type.NULL,
    "bool": cel.Type.BOOL,
    "int": cel.Type.INT,
    "uint": cel.Type.UINT,
    "double": cel.Type.DOUBLE,
    "string": cel.Type.STRING,
    "bytes": cel.Type.BYTES,
    "timestamp": cel.Type.TIMESTAMP,
    "duration": cel.Type.DURATION,
    "dyn": cel.Type.DYN,
}
#: Types by their names at run time, as the language has them.
NAMES = {
    "NULL": "null_type",
    "TIMESTAMP": "google.protobuf.Timestamp",
    "DURATION": "google.protobuf.Duration",
}


def declared(text: str) -> Any:
    """The type that `text` names: `map(int, list(string))`."""
    if text in PLAIN:
        return PLAIN[text]
    name, _, rest = text.partition("(")
    inner = rest[:-1]
    if name == "list":
        return cel.Type.List(declared(inner))
    key, _, value = inner.partition(", ")
    return cel.Type.Map(declared(key), declared(value))


def given(value: list[Any]) -> Any:
    """A value as the engine takes it."""
    kind = value[0]
    if kind == "n":
        return None
    if kind in "bisu":
        return value[1]
    if kind == "d":
        return float(value[1])
    if kind == "y":
        return bytes.fromhex(value[1])
    if kind in "tp":
        length = datetime.timedelta(seconds=value[1], microseconds=value[2])
        return EPOCH + length if kind == "t" else length
    if kind == "l":
        return [given(item) for item in value[1]]
    return {given(key): given(item) for key, item in value[1]}


def length(of: datetime.timedelta) -> list[int]:
    """Whole seconds, and microseconds beyond them."""
    seconds, rest = divmod(of, SECOND)
    return [seconds, rest // MICROSECOND]


def plain(value: Any) -> list[Any]:
    """A key: Python does not tell whether it was an int or a uint."""
    if isinstance(value, bool):
        return ["b", value]
    if isinstance(value, int):
        return ["i" if value < 1 << 63 else "u", value]
    if isinstance(value, str):
        return ["s", value]
    raise TypeError(f"a key of {type(value)}")


def kind(of: Any) -> list[Any]:
    """A type, by its name at run time."""
    outer = of.name().partition("<")[0]
    return ["T", NAMES.get(outer, outer.lower())]


#: How the values of each type are written.
WRITTEN: dict[str, Callable[[Any], list[Any]]] = {
    "NULL": lambda _: ["n"],
    "BOOL": lambda of: ["b", of],
    "INT": lambda of: ["i", of],
    "UINT": lambda of: ["u", of],
    "DOUBLE": lambda of: ["d", repr(of)],
    "STRING": lambda of: ["s", of],
    "BYTES": lambda of: ["y", of.hex()],
    "TIMESTAMP": lambda of: ["t", *length(of - EPOCH)],
    "DURATION": lambda of: ["p", *length(of)],
    "TYPE": kind,
}


def taken(value: Any) -> list[Any]:
    """A value of the engine, with its type."""
    name = value.type().name()
    try:
        of = value.value()
    except TypeError:
        # Of an optional nothing can be read, nor of a text that is no UTF-8.
        if name != "STRING":
            return ["o"]
        raise
    if name == "ERROR":
        raise ValueError(of)
    if name in WRITTEN:
        return WRITTEN[name](of)
    if isinstance(of, list):
        return ["l", [taken(item) for item in of]]
    if isinstance(of, dict):
        return ["m", [[plain(key), taken(item)] for key, item in of.items()]]
    return ["?", name]


def answer(env: Any, source: str, values: dict[str, Any]) -> list[Any]:
    """What the engine makes of an expression."""
    try:
        program = env.compile(source)
        type_name = program.return_type().name()
    except Exception as error:
        return ["refused", str(error)]
    try:
        result = program.eval(data={name: given(value) for name, value in values.items()})
        return ["value", type_name, taken(result)]
    except Exception as error:
        return ["failed", type_name, str(error)]


def main() -> None:
    """Answers until nobody asks."""
    lines = sys.stdin
    variables = {name: declared(of) for name, of in json.loads(next(lines))}
    extensions = [
        ext_bindings.ExtBindings(),
        ext_encoders.ExtEncoders(),
        ext_math.ExtMath(),
        ext_optional.ExtOptional(),
        ext_strings.ExtStrings(),
    ]
    env = cel.NewEnv(variables=variables, extensions=extensions)
    print(json.dumps("ready"), flush=True)
    for line in lines:
        answers = [answer(env, source, values) for source, values in json.loads(line)]
        print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    main()
