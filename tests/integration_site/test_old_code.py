"""A deploy, in which old code runs beside new code on the new tables, and leaves old messages."""

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from integration_site.settings import BASE_DIR
from outbox.clock import database_now
from outbox.connectors.memory import MemoryRemote
from tests.outbox.situations import drain, states

_NUMBERS = count(1)


def earlier_states() -> list[tuple[str, str]]:
    """App of ours and migration, wherever others have followed."""
    graph = MigrationLoader(None).graph
    ours = [app.label for app in apps.get_app_configs() if Path(app.path).parent == BASE_DIR]
    return sorted(
        node for node in graph.nodes if node[0] in ours and node not in graph.leaf_nodes(node[0])
    )


def as_it_was(app: str, migration: str) -> Any:
    """The models as the code of that time knows them."""
    return MigrationLoader(connection).project_state((app, migration)).apps


def filled(model: Any) -> Any:
    """A row as that code would insert it: it names the columns that it knows."""
    values = {}
    for field in model._meta.concrete_fields:
        if field.null or field.has_default() or isinstance(field, models.AutoField):
            continue
        values[field.name] = filled(field.related_model) if field.is_relation else _value(field)
    return model.objects.create(**values)


def _value(field: Any) -> Any:
    match field:
        case models.DateTimeField():
            return datetime.now(UTC)
        case models.DateField():
            return datetime.now(UTC).date()
        case models.BooleanField():
            return False
        case models.IntegerField() | models.FloatField() | models.DecimalField():
            return next(_NUMBERS)
        case models.UUIDField():
            return uuid4()
        case models.JSONField():
            return {}
        case models.BinaryField():
            return b""
        case models.CharField() | models.TextField():
            return str(next(_NUMBERS))
    raise AssertionError(f"a value for {field!r} is wanted")


@pytest.mark.django_db
@pytest.mark.parametrize(("app", "migration"), earlier_states())
def test_old_code_goes_on_writing(app: str, migration: str) -> None:
    for model in as_it_was(app, migration).get_models():
        if model._meta.app_label == app:
            filled(model)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("migration", [name for app, name in earlier_states() if app == "outbox"])
def test_what_old_code_recorded_by_an_old_mapping_is_delivered(
    migration: str, erp: MemoryRemote
) -> None:
    old = as_it_was("outbox", migration)
    lane = old.get_model("outbox", "Lane").objects.create(
        destination="erp",
        record_type="customer",
        key="ALFKI",
        last_sequence=1,
        present=True,
        due_at=database_now(),
    )
    old.get_model("outbox", "Message").objects.create(
        lane=lane,
        sequence=1,
        operation="create",
        record_version=1,
        changes={"name": [None, "Alfreds"]},
        collection="debtors",
        key_field="no",
        payload={"no": "ALFKI", "title": "Alfreds"},
        mapping_version=0,
        edit_id=uuid4(),
        actor="alice",
        source="form",
        reference="",
        created_at=datetime.now(UTC),
    )
    drain()
    assert states() == ["delivered"]
    [request] = erp.received
    assert (request.collection, request.key_field) == ("debtors", "no")
    assert request.payload == {"no": "ALFKI", "title": "Alfreds"}
