"""The works under control: what the rules promise holds for the pumps, over every address."""

from __future__ import annotations

from collections import Counter

import fishplate
import pytest

import telemetry
from pumps import Fault, Pump, make

SECONDS = 12 * 60


def in_process(*, obeys: bool, seed: int = 1) -> tuple[list[Pump], Counter[str]]:
    """Twenty pumps, decided here."""
    pumps = make(20, seed, obeys=obeys)
    with fishplate.RuleSet.from_file(telemetry.RULES) as rules, fishplate.Engine(rules) as engine:
        return pumps, telemetry.run(pumps, SECONDS, telemetry.inside(engine))


def hottest(pumps: list[Pump], *faults: Fault) -> float:
    """The hottest winding among the pumps of some faults."""
    return max(pump.hottest for pump in pumps if pump.fault in faults)


def test_no_winding_of_an_obedient_pump_reaches_the_danger_zone() -> None:
    """The rules stop a pump above 130 degrees; obedient ones never come there."""
    pumps, alarms = in_process(obeys=True)
    assert hottest(pumps, *Fault) <= 130.0
    assert "winding above 130 °C" not in alarms


def test_deaf_pumps_burn() -> None:
    """Without control the same pumps pass what insulation of class F stands."""
    pumps, _ = in_process(obeys=False)
    assert hottest(pumps, Fault.COOLING, Fault.SEIZING) > 155.0
    assert hottest(pumps, Fault.NONE) < 105.0, "a sound pump needs no control"


def test_sound_pumps_are_left_alone_and_every_fault_is_seen() -> None:
    """Each fault has its answer, and a sound pump has none."""
    pumps, alarms = in_process(obeys=True)
    for pump in pumps:
        stops = pump.fault in (Fault.COOLING, Fault.SEIZING, Fault.DRY)
        throttles = pump.fault in (Fault.COOLING, Fault.SEIZING, Fault.BEARING)
        assert ("STOP" in pump.commands, "THROTTLE" in pump.commands) == (stops, throttles), pump.fault
    assert alarms["runs dry"] == sum(pump.fault is Fault.DRY for pump in pumps)
    assert alarms["more than 90 readings a minute"] > 0


def test_the_same_seed_is_the_same_run() -> None:
    """Nothing in it reads a clock."""
    assert in_process(obeys=True) == in_process(obeys=True)


@pytest.mark.parametrize("scheme", ["grpc", "shm"])
def test_a_server_controls_the_pumps_as_an_engine_of_this_process_does(server: dict[str, str], scheme: str) -> None:
    """To the last reading and alarm."""
    pumps = make(20, 1, obeys=True)
    with fishplate.connect(server[scheme], deadline=120.0, rule_set="telemetry") as session:
        alarms = telemetry.run(pumps, SECONDS, telemetry.over(session))
    assert (pumps, alarms) == in_process(obeys=True)
