"""The judge: holds what the remote applied against what was committed here."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import requests

from outbox.models import Lane, Message, State
from records.mapping import Mapping
from records.registry import record_types


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
    newest: dict[tuple[str, str], int] = defaultdict(int)
    for row in remote.ledger():
        applied[row["idempotency_key"]] += 1
        place = (row["collection"], row["key"])
        if row["sequence"] <= newest[place]:
            verdict.reordered.append(f"{place} {row['sequence']} after {newest[place]}")
        newest[place] = max(newest[place], row["sequence"])
    messages = Message.objects.filter(lane__destination=destination)
    committed = {message.idempotency_key: message for message in messages}
    verdict.phantom = [key for key in applied if key not in committed]
    verdict.doubled = [key for key, times in applied.items() if times > 1]
    verdict.lost = [
        key
        for key, message in committed.items()
        if key not in applied and message.state != State.DEAD
    ]
    for record_type in record_types():
        for mapping in record_type.mappings:
            if mapping.destination == destination:
                verdict.different += _different(remote, record_type.model, mapping)
    return verdict


def _different(remote: DemoRemoteClient, model: Any, mapping: Mapping[Any]) -> list[str]:
    """Field by field; what the remote decides too, read the other way round."""
    theirs = remote.entities(mapping.remote, mapping.key_field)
    ours = {record.key: record for record in model.objects.all()}
    wrong = [f"{key} is not at the remote" for key in ours.keys() - theirs.keys()]
    wrong += [f"{key} is only at the remote" for key in theirs.keys() - ours.keys()]
    blocked = set(Lane.objects.filter(blocked_by__isnull=False).values_list("key", flat=True))
    for key in (ours.keys() & theirs.keys()) - blocked:
        expected = mapping.render(ours[key].values())
        for name, value in expected.items():
            if theirs[key].get(name) != value:
                wrong.append(f"{key}.{name}: {value!r} here, {theirs[key].get(name)!r} there")
    return wrong
