"""Keeping what a soak found wrong: tables and ledger as lines of JSON, for people to look at."""

import json
from pathlib import Path

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from outbox.models import Attempt, Lane, Message
from records.models import Change
from tests.processes.ledger import DemoRemoteClient

KEPT: tuple[type[Model], ...] = (Lane, Message, Attempt, Change)


def keep_tables(remote: DemoRemoteClient, folder: Path) -> None:
    for model in KEPT:
        rows = model._default_manager.order_by("pk").values()
        with (folder / f"{model.__name__.lower()}s.jsonl").open("w") as file:
            for row in rows.iterator():
                file.write(json.dumps(row, cls=DjangoJSONEncoder) + "\n")
    with (folder / "ledger.jsonl").open("w") as file:
        for row in remote.ledger():
            file.write(json.dumps(row) + "\n")
