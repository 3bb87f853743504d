"""What must hold whenever one looks at the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from customers.mapping import CustomerToErp
from customers.models import Customer
from outbox.conf import destination as configured
from outbox.conf import outbox_conf
from outbox.connectors.base import Acknowledgement
from outbox.connectors.errors import Rejected
from outbox.models import Attempt, Death, DestinationState, Lane, Message, State
from outbox.rate import SLAB
from records.mapping import LOCAL
from records.models import Change
from tests.simulation.actors import Actor
from tests.simulation.staging import DESTINATION
from tests.simulation.world import MOST_DRAINS, World

Row = dict[str, Any]
FOREVER: Final = datetime.max.replace(tzinfo=UTC)

#: Nothing else happens to a message while one actor goes on.
_LEADS_TO: Final = {
    State.PENDING: {
        State.PENDING,
        State.DELIVERED,
        State.SUPERSEDED,
        State.DEAD,
        State.DISCARDED,
    },
    State.DEAD: {State.DEAD, State.PENDING, State.DISCARDED},
}
#: What is asked of lanes and messages: not what was said.
_OF_LANES: Final = (
    "id",
    "key",
    "last_sequence",
    "head_sequence",
    "due_at",
    "lease_token",
    "claimed_through",
    "blocked_by_id",
)
_OF_MESSAGES: Final = (
    "id",
    "lane_id",
    "sequence",
    "state",
    "died_of",
    "carrier_id",
    "delivery_number",
    "crashes",
    "first_failed_at",
)


@dataclass
class Snapshot:
    """What is committed at one moment."""

    lanes: dict[int, Row]
    messages: dict[str, Row]
    of_lane: dict[int, list[Row]]
    #: The lanes that each process holds.
    held_by: dict[Actor, list[int]]
    is_paused: bool
    is_closed: bool

    @classmethod
    def take(cls, world: World) -> Snapshot:
        lanes = {row["id"]: row for row in Lane.objects.order_by("id").values(*_OF_LANES)}
        held_by: dict[Actor, list[int]] = defaultdict(list)
        for lane in lanes.values():
            if lane["lease_token"] is not None:
                held_by[world.holders[lane["lease_token"]]].append(lane["id"])
        messages = {}
        of_lane: dict[int, list[Row]] = {lane_id: [] for lane_id in lanes}
        for row in Message.objects.order_by("lane", "sequence").values(*_OF_MESSAGES):
            messages[str(row["id"])] = row
            of_lane[row["lane_id"]].append(row)
        state = DestinationState.objects.first()
        return cls(
            lanes=lanes,
            messages=messages,
            of_lane=of_lane,
            held_by=held_by,
            is_paused=state is not None and state.is_paused,
            is_closed=state is not None and state.closed_since is not None,
        )

    def is_due(self, world: World) -> bool:
        """Whether there is something to be done for a drain."""
        due = [row["due_at"] for row in self.lanes.values() if row["due_at"] is not None]
        return not self.is_paused and min(due, default=FOREVER) <= world.clock.now()

    def name(self, message: Row) -> str:
        return f"The message {message['sequence']} of {self.lanes[message['lane_id']]['key']}"


def broken_in(now: Snapshot, world: World) -> Iterator[str]:
    """The guarantees that do not hold at this moment, in words."""
    if now.messages.keys() != world.model.payloads.keys():
        yield "The messages are not those that were committed."
    if set(Change.objects.values_list("id", flat=True)) != world.model.edits:
        yield "The change log does not hold the edits that committed."
    for lane in now.lanes.values():
        yield from _wrong_lane(lane, now.of_lane[lane["id"]])
    for message in now.messages.values():
        yield from _wrong_state(message, now, world)


def _wrong_lane(lane: Row, messages: list[Row]) -> Iterator[str]:
    name = f"The lane {lane['key']}"
    if [row["sequence"] for row in messages] != list(range(1, lane["last_sequence"] + 1)):
        yield f"{name} has a gap among its sequences."
    to_send = [row for row in messages if row["state"] == State.PENDING and not row["carrier_id"]]
    is_blocked = lane["blocked_by_id"] is not None
    if to_send and not is_blocked and lane["due_at"] is None:
        yield f"{name} is forgotten: it has messages, and nothing makes it due."
    if to_send and to_send[0]["sequence"] < lane["head_sequence"]:
        yield f"{name} has passed by a message that is still to be sent."
    if is_blocked and (lane["due_at"] is not None or lane["lease_token"] is not None):
        yield f"{name} is blocked, and is to be sent all the same."
    if lane["lease_token"] is not None and lane["due_at"] is None:
        yield f"{name} has a lease without an end."


def _wrong_state(message: Row, now: Snapshot, world: World) -> Iterator[str]:
    name = now.name(message)
    answer = world.remote.answers.get(f"{message['id']}-{message['delivery_number']}")
    carrier = now.messages.get(str(message["carrier_id"]))
    match message["state"]:
        case State.PENDING:
            if carrier and carrier["state"] not in (State.PENDING, State.DEAD):
                yield f"{name} is lost: what carries it has ended."
        case State.DELIVERED:
            # Where keys are not kept, it may have been looked up.
            if world.remote.keeps_keys and not isinstance(answer, Acknowledgement):
                yield f"{name} is called delivered, and is not."
        case State.SUPERSEDED:
            if carrier is None or carrier["state"] != State.DELIVERED:
                yield f"{name} is superseded, and what carries it is not delivered."
        case State.DEAD if message["died_of"] == Death.REFUSED:
            if world.remote.keeps_keys and not isinstance(answer, Rejected):
                yield f"{name} is called refused, and was not."
        case State.DEAD if message["died_of"] == Death.CRASHED:
            if message["crashes"] < outbox_conf().crash_limit:
                yield f"{name} is given up after {message['crashes']} crashes."


def broken_between(before: Snapshot, now: Snapshot, world: World, actor: Actor) -> Iterator[str]:
    """What may not happen while one actor goes on."""
    for id_, message in before.messages.items():
        yield from _wrong_change(message, now.messages[id_], now, world)
        if now.messages[id_]["crashes"] > message["crashes"]:
            yield from _wrong_blame(message, before, world)
    for lane_id, lane in before.lanes.items():
        is_moved = lane["due_at"] not in (None, now.lanes[lane_id]["due_at"])
        if is_moved and actor.name.startswith("edit"):
            yield f"An edit has moved the time at which the lane {lane['key']} is due."
        if lane["lease_token"] not in (None, now.lanes[lane_id]["lease_token"]):
            is_holder = world.holders[lane["lease_token"]] is actor.process
            if not is_holder and lane["due_at"] > world.clock.now():
                yield f"{actor} ends the lease of another on the lane {lane['key']}."


def _wrong_change(before: Row, message: Row, now: Snapshot, world: World) -> Iterator[str]:
    states = _LEADS_TO.get(before["state"], {before["state"]})
    if message["state"] not in states:
        yield f"{now.name(message)} was {before['state']} and is {message['state']}."
    if message["died_of"] == Death.EXPIRED and before["died_of"] != Death.EXPIRED:
        failing_for = world.open_for(since=message["first_failed_at"])
        if failing_for < outbox_conf().dead_after - 1:
            yield f"{now.name(message)} is given up after {failing_for:.0f} open seconds."


def _wrong_blame(message: Row, then: Snapshot, world: World) -> Iterator[str]:
    """Only what was sent alone can have brought a worker down."""
    lane = then.lanes[message["lane_id"]]
    holder = world.holders.get(lane["lease_token"])
    held = then.held_by[holder] if holder else []
    if held != [lane["id"]] or lane["claimed_through"] != lane["head_sequence"]:
        yield f"{then.name(message)} is blamed for another's crash."


def miscounted_tries(world: World) -> Iterator[str]:
    """An outage is no try: what counts is what a remote answered, or a worker that died."""
    listed: dict[str, int] = defaultdict(int)
    answered: dict[str, int] = defaultdict(int)
    for message_id, duration in Attempt.objects.values_list("message_id", "duration"):
        listed[str(message_id)] += 1
        answered[str(message_id)] += duration is not None
    for message in Message.objects.select_related("lane"):
        name, id_ = (
            f"The message {message.sequence} of {message.lane.key}",
            str(message.id),
        )
        if message.attempts != listed[id_]:
            yield f"{name} counts tries that it does not list."
        # Where keys are not kept, a look-up may have told the outcome.
        if world.remote.keeps_keys and answered[id_] > world.remote.tries[id_]:
            yield f"{name} counts tries that were none."


def not_converged(world: World) -> Iterator[str]:
    """Where the remote differs from what is here, the lane has to say so."""
    model = world.model
    if {one.key: one.values() for one in Customer.objects.all()} != model.records:
        yield "The records are not those that were committed."
    lanes = {lane.key: lane for lane in Lane.objects.all()}
    for key in model.records.keys() | world.remote.entities.keys():
        here, there = model.records.get(key), world.remote.entities.get(key)
        lane = lanes[key]
        given_up = lane.messages.filter(state=State.DISCARDED).exists()
        if (here is None) != (there is None):
            if not given_up:
                yield f"{key} is {'not' if there is None else 'only'} at the remote."
        elif here is not None and there is not None:
            if unsaid := _differing(key, world) - set(lane.diverged):
                yield f"{key} differs in {', '.join(unsaid)}: {there} there, {here} here."
            if lane.diverged and not given_up:
                yield f"{key} is said to differ in {lane.diverged}, though nothing was given up."


def _differing(key: str, world: World) -> set[str]:
    """Our names of the fields in which the remote holds another value."""
    here, there = world.model.rendered(key), world.remote.entities[key]
    found = set()
    for place in CustomerToErp.places:
        if place.field.owner == LOCAL:
            ours = here[place.group] if place.group else here
            theirs = there.get(place.group, {}) if place.group else there
            if ours[place.field.remote] != theirs.get(place.field.remote):
                found.add(place.name)
    return found


def too_fast(world: World) -> Iterator[str]:
    """More requests than the rate allows, those aside that drains had set apart for themselves."""
    rate = configured(DESTINATION).rate
    if rate is None:
        return
    sent = world.remote.sent_at
    for first, start in enumerate(sent):
        for last, end in enumerate(sent[first:], start=first):
            if last - first + 1 > rate * (end - start) + rate * SLAB * (MOST_DRAINS + 1):
                yield f"{last - first + 1} requests left within {end - start:.1f} s."
                return
