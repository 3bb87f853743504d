"""The judge: holds what the remote applied against what was committed here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from outbox.models import Lane, Message, Operation, State
from records import mapping as mappings
from records.registry import record_types

_ENDED_WELL = (State.DELIVERED, State.SUPERSEDED)


#: Collection and key.
Place = tuple[str, str]


@dataclass
class Verdict:
    """Ids or keys of what went wrong. All must be empty."""

    lost: list[str] = field(default_factory=list)  # committed, never applied, not visibly dead
    phantom: list[str] = field(default_factory=list)  # applied, never committed
    doubled: list[str] = field(default_factory=list)  # one message applied twice
    reordered: list[str] = field(default_factory=list)  # older applied after newer
    different: list[str] = field(default_factory=list)  # remote and local values are not equal

    def __bool__(self) -> bool:
        return any([self.lost, self.phantom, self.doubled, self.reordered, self.different])


class DemoRemoteClient:
    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def get(self, path: str) -> Any:
        reply = requests.get(
            self.url + path, headers={"Authorization": f"Bearer {self.token}"}, timeout=10
        )
        reply.raise_for_status()
        return reply.json()

    def set_faults(self, **faults: Any) -> None:
        requests.put(self.url + "/control/faults", json=faults, timeout=10).raise_for_status()

    def is_faulty(self) -> bool:
        """Whether a fault will strike one more request."""
        return self.get("/control/faults")["times"] is not None

    def ledger(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while page := self.get(
            f"/api/ledger?limit=10000&after={rows[-1]['position'] if rows else 0}"
        )["items"]:
            rows += page
        return rows

    def entities(self, collection: str, key_field: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        after = ""
        while True:
            page = requests.get(
                f"{self.url}/api/{collection}",
                params={"limit": "1000"} | ({"after": after} if after else {}),
                headers={"Authorization": f"Bearer {self.token}"},
                timeout=10,
            ).json()
            found |= {entity[key_field]: entity for entity in page["items"]}
            if page["next"] is None:
                return found
            after = page["next"]


def judge(remote: DemoRemoteClient, destination: str = "erp") -> Verdict:
    verdict = Verdict()
    applied: dict[str, int] = defaultdict(int)
    newest: dict[Place, int] = defaultdict(int)
    history: dict[Place, list[tuple[int, str]]] = defaultdict(list)
    for row in remote.ledger():
        applied[row["idempotency_key"]] += 1
        place = (row["collection"], row["key"])
        history[place].append((row["sequence"], row["operation"]))
        if row["sequence"] <= newest[place]:
            verdict.reordered.append(f"{place} {row['sequence']} after {newest[place]}")
        newest[place] = max(newest[place], row["sequence"])
    messages = Message.objects.filter(lane__destination=destination)
    messages = messages.select_related("carrier", "lane")
    committed = {message.idempotency_key: message for message in messages}
    verdict.phantom = [key for key in applied if key not in committed]
    verdict.doubled = [key for key, times in applied.items() if times > 1]
    verdict.lost = [
        key
        for key, message in committed.items()
        if key not in applied
        and not _is_accounted_for(message, applied)
        and not _deleted_nothing(message, history[message.collection, message.lane.key])
    ]
    for record_type in record_types():
        for mapping in record_type.mappings:
            if mapping.destination == destination:
                verdict.different += _different(remote, record_type.model, mapping)
    return verdict


def _is_accounted_for(message: Message, applied: Mapping[str, int]) -> bool:
    """Given up for people to see, or carried by one that was applied."""
    carrier = message.carrier
    if message.state == State.SUPERSEDED:
        return carrier is not None and carrier.idempotency_key in applied
    carried_by_the_dead = carrier is not None and carrier.state == State.DEAD
    return message.state in (State.DEAD, State.DISCARDED) or carried_by_the_dead


def _deleted_nothing(message: Message, history: Sequence[tuple[int, str]]) -> bool:
    """Whether it is a delete that was answered with 404, rightly: its create had been refused."""
    before = [operation for sequence, operation in history if sequence < message.sequence]
    return (
        message.operation == Operation.DELETE
        and message.state == State.DELIVERED
        and before[-1:] in ([], [Operation.DELETE])
    )


def all_is_quiet() -> bool:
    """Delivered, and what the remote decided has been taken over."""
    open_messages = Message.objects.exclude(state__in=_ENDED_WELL)
    return not (open_messages.exists() or Lane.objects.untold().exists())


def assert_all_arrived(remote: DemoRemoteClient) -> None:
    """Nothing waits, nothing is dead, and nothing is wrong with what the remote applied."""
    left = Message.objects.exclude(state__in=_ENDED_WELL).values_list("lane__key", "state")
    assert not left, list(left)
    verdict = judge(remote)
    assert not verdict, verdict


def _different(remote: DemoRemoteClient, model: Any, mapping: mappings.Mapping[Any]) -> list[str]:
    """Field by field; what the remote decides too, read the other way round."""
    theirs = remote.entities(mapping.remote, mapping.key_field)
    ours = {record.key: record for record in model.objects.all()}
    wrong = [f"{key} is not at the remote" for key in ours.keys() - theirs.keys()]
    wrong += [f"{key} is only at the remote" for key in theirs.keys() - ours.keys()]
    lanes = Lane.objects.filter(destination=mapping.destination)
    blocked = set(lanes.filter(blocked_by__isnull=False).values_list("key", flat=True))
    diverged = dict(lanes.exclude(diverged=[]).values_list("key", "diverged"))
    for key in (ours.keys() & theirs.keys()) - blocked:
        agreed = [name for name in ours[key].values() if name not in diverged.get(key, [])]
        expected = mapping.render(ours[key].values(), agreed)
        for name, value in expected.items():
            if theirs[key].get(name) != value:
                wrong.append(f"{key}.{name}: {value!r} here, {theirs[key].get(name)!r} there")
        for name, value in mapping.read_remote_owned(theirs[key]).items():
            here = getattr(ours[key], name)
            if here != model._meta.get_field(name).to_python(value):
                wrong.append(f"{key}.{name}: {here!r} here, {value!r} there")
    return wrong
