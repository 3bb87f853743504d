"""PostgreSQL is told how the outbox's tables are written, and can be told to forget it."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from outbox.models import Lane, Message
from tests.outbox.situations import edit, states

BEFORE = [("outbox", "0003_delivery_rules")]


def settings_of(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = %s", [table])
        return cursor.fetchone()[0] or []


def indexes_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, table))


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such settings")
def test_lanes_are_vacuumed_by_number_and_messages_by_share() -> None:
    assert "autovacuum_vacuum_scale_factor=0" in settings_of("outbox_lane")
    assert "autovacuum_vacuum_threshold=10000" in settings_of("outbox_lane")
    assert "autovacuum_vacuum_scale_factor=0.02" in settings_of("outbox_message")
    assert "autovacuum_vacuum_scale_factor=0.02" in settings_of("outbox_attempt")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_can_be_undone_and_done_again_with_everything_in_place() -> None:
    edit("A")
    Lane.objects.update(blocked_by=edit("B"))
    now = MigrationExecutor(connection).loader.graph.leaf_nodes()
    tables = ("outbox_lane", "outbox_message", "outbox_attempt")
    present = [indexes_of(table) for table in tables]
    try:
        MigrationExecutor(connection).migrate(BEFORE)
        assert "lane_blocked_by" not in indexes_of("outbox_lane")
        assert "outbox_message_lane_id_78c63f49" in indexes_of("outbox_message")
        if connection.vendor == "postgresql":
            assert [settings_of(table) for table in tables] == [[], [], []]
    finally:
        MigrationExecutor(connection).migrate(now)
    assert [indexes_of(table) for table in tables] == present
    connection.check_constraints()
    assert Message.objects.count() == 2
    edit("A", city="Kiel")
    assert states("A") == ["pending", "pending"]
