"""How the carrier behaves: whose shape it imitates, and how fast it is."""

import random
import sqlite3
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sandbox.carrier.answers import Refused
from sandbox.carrier.datafile import get_setting, put_setting

SETTING = "behaviour"
# The longest delay of the heavy tail, in multiples of the usual one.
TAIL_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Behaviour:
    purchase: str = "async"
    release: str = "immediate"
    hold_seconds: int = 600
    exact_number_unique: bool = True
    latency_shape: str = "uniform"
    # From the request to its answer, half of it before the effect and half after.
    latency_ms: int = 250
    # From the order to its delivery, when purchases are asynchronous.
    delivery_ms: int = 600
    # Until lists show what is new.
    visibility_lag_ms: int = 0
    # The same for a number ending in 0118, when that is longer.
    owned_lag_ms: int = 5000
    # How long an unanswered connection stays open.
    silence_ms: int = 0
    # When the effect of a request lands that was given up.
    late_ms: int = 1500
    # Of a hundred numbers on offer, how many another customer has been faster with.
    percent_taken: int = 0
    # Of a hundred orders that were accepted, how many fail when they are to be delivered.
    percent_failing: int = 0


CHOICES = {
    "purchase": {"sync", "async"},
    "release": {"immediate", "end_of_cycle"},
    "latency_shape": {"fixed", "uniform", "heavy"},
}
LIKES = {
    "plain": Behaviour(),
    "telnyx": Behaviour(hold_seconds=1800, visibility_lag_ms=2000),
    "twilio": Behaviour(purchase="sync", hold_seconds=0, visibility_lag_ms=1000),
    "didww": Behaviour(release="end_of_cycle", visibility_lag_ms=1000, latency_shape="heavy"),
}


def load_behaviour(connection: sqlite3.Connection) -> Behaviour:
    # The file may have been written by a version that knew other settings.
    known = {field.name for field in fields(Behaviour)}
    stored = get_setting(connection, SETTING)
    return Behaviour(**{name: stored[name] for name in known & stored.keys()})


def change_behaviour(connection: sqlite3.Connection, changes: dict[str, Any]) -> Behaviour:
    """Start from another carrier's shape, if `like` names one, and apply the other changes.

    Raises Refused.
    """
    behaviour = load_behaviour(connection)
    like = changes.pop("like", None)
    if like is not None:
        if like not in LIKES:
            raise Refused(400, "invalid", f"like: one of {', '.join(LIKES)}")
        behaviour = LIKES[str(like)]
    for name, value in changes.items():
        check_change(name, value)
    behaviour = replace(behaviour, **changes)
    put_setting(connection, SETTING, asdict(behaviour))
    return behaviour


def check_change(name: str, value: object) -> None:
    usual = {field.name: field.default for field in fields(Behaviour)}
    if name not in usual:
        raise Refused(400, "invalid", f"{name}: known are {', '.join(usual)}")
    if name in CHOICES and value not in CHOICES[name]:
        raise Refused(400, "invalid", f"{name}: one of {', '.join(sorted(CHOICES[name]))}")
    if type(value) is not type(usual[name]) or (isinstance(value, int) and value < 0):
        raise Refused(400, "invalid", f"{name}: {value!r} does not fit")


def draw_delay_seconds(behaviour: Behaviour, usual_ms: int, draw: random.Random) -> float:
    factor = 1.0
    if behaviour.latency_shape == "uniform":
        factor = draw.uniform(0.5, 1.5)
    elif behaviour.latency_shape == "heavy":
        factor = min(0.4 * draw.paretovariate(1.4), TAIL_LIMIT)
    return usual_ms * factor / 1000
