"""The operator of served engines: the commands of an engine's state, carried out by the operator's service of a server.

Its stubs are generated from `proto/`, its calls are grpcio's. It never imports Fishplate, and it sends no events: those
come from the client of the path that is played.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

TARGET = Path(os.environ.get("FISHPLATE_TARGET", Path(__file__).resolve().parents[2] / "target"))
sys.path.insert(0, str(TARGET / "dist/grpcio"))

import grpc  # noqa: E402  (the stubs have to be found first)
from fishplate.v1 import operator_pb2 as wire  # noqa: E402
from fishplate.v1.operator_pb2_grpc import OperatorServiceStub  # noqa: E402
from fishplate.v1.value_pb2 import Value  # noqa: E402
from runner import decision_fields, refusal_fields  # noqa: E402
from session import Broken  # noqa: E402
from values import percent, unpercent, write, write_texts  # noqa: E402

SECONDS = 30.0
MODES = {"live": wire.MODE_LIVE, "shadow": wire.MODE_SHADOW, "off": wire.MODE_OFF}
WORDS = {number: word for word, number in MODES.items()}


class Operator:
    """A connection to the operator's listener of one server."""

    def __init__(self) -> None:
        """Begin with none."""
        self.channel: grpc.Channel | None = None
        self.stub: OperatorServiceStub | None = None

    def answer(self, command: str, *fields: str) -> list[str]:
        """Give the fields of the answer to one command."""
        handler = getattr(self, f"on_{command}", None)
        if handler is None:
            return ["unsupported"]
        try:
            return handler(*fields)
        except grpc.RpcError as error:
            return ["error", *refused(error)]

    def on_at(self, address: str) -> list[str]:
        """Operate the server whose operator listens there."""
        self.close()
        self.channel = grpc.insecure_channel(unpercent(address).removeprefix("grpc://"))
        self.stub = OperatorServiceStub(self.channel)
        return ["ok"]

    def close(self) -> None:
        """Let go of the connection."""
        if self.channel is not None:
            self.channel.close()

    def on_advance(self, seconds: str, nanos: str) -> list[str]:
        """Say what time it is, and give what fired."""
        request = wire.AdvanceToRequest()
        request.time.seconds, request.time.nanos = int(seconds), int(nanos)
        fired = self.stub.AdvanceTo(request, timeout=SECONDS).fired
        return ["advanced", str(len(fired)), *(percent("\t".join(fields_of(one))) for one in fired)]

    def on_swap(self, file: str, text: str, *files: str) -> list[str]:
        """Decide by another version of the document; the version stands behind what became of the state."""
        request = wire.SwapRequest(file=unpercent(file), text=unpercent(text))
        for name, body in zip(files[::2], files[1::2], strict=True):
            request.files[unpercent(name)] = bytes.fromhex(body)
        swapped = self.stub.Swap(request, timeout=SECONDS)
        names = (swapped.kept, swapped.warming, swapped.dropped)
        return ["swapped", *map(write_texts, names), swapped.version.hex()]

    def on_mode(self, rule: str, mode: str) -> list[str]:
        """Switch a rule; `-` is as the document says."""
        request = wire.SetModeRequest(rule=unpercent(rule))
        if mode != "-":
            request.mode = MODES[mode]
        self.stub.SetMode(request, timeout=SECONDS)
        return ["ok"]

    def on_state(self) -> list[str]:
        """Give what the engine remembers."""
        state = self.stub.GetState(wire.GetStateRequest(), timeout=SECONDS)
        size = state.size
        counts = (size.bytes, size.keys, size.partitions, size.refused_keys, size.evicted_keys, size.expired_keys)
        modes = ",".join(f"s{percent(one.rule)}=s{WORDS[one.mode]}" for one in state.modes)
        return ["state", *map(str, counts), write_texts(state.warming), "{" + modes + "}"]


def fields_of(fired: Any) -> list[str]:
    """Give what a decision without an event is told by, and the decision."""
    due = Value(timestamp=fired.due)
    return [percent(fired.rule), write(Value(list=fired.key)), write(due), *decision_fields(fired.decision)]


def refused(error: grpc.RpcError) -> list[str]:
    """Give the fields of `<error>`."""
    broken = Broken(error)
    if broken.refusal is None:
        return [broken.status, "0", percent(str(broken))]
    return refusal_fields(broken.refusal)


def main() -> None:
    """Answer until `quit`."""
    operator = Operator()
    for line in sys.stdin:
        fields = line.rstrip("\n").split("\t")
        if fields == ["quit"]:
            break
        print("\t".join(operator.answer(*fields)), flush=True)
    operator.close()


if __name__ == "__main__":
    main()
