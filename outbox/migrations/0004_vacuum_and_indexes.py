"""PostgreSQL: vacuum as these tables are written; everywhere: no index that nothing looks into.

How they are written, as pg_stat_user_tables counts it. A message updates its lane about four times
(recorded, claimed, settled, taken over). Each of these changes a column that some index of lanes is
about, so none can be HOT (0 of 30,000); room kept free in pages would help nothing, and fillfactor
stays 100. The same holds for the one update of a message, whose state is in the condition of its
partial indexes (0 of 8,000). Attempts are inserted and deleted. The tiny tables (wake requests,
destinations, workers, django-q2's queue) are updated HOT to the last row, and the defaults are right
for them.

Lanes: a claim looks into `lane_due` from its lowest time on, and passes by what stood there and is
dead: 150,000 dead rows made the first look 23 ms and the following 0.4 ms instead of 0.01 ms. The
default, a fifth of the table, lets 200,000 gather on a million lanes; so the number is fixed. Vacuum
leaves indexes alone where few pages hold dead rows, as when few lanes are busy; here it must not.

Messages and attempts: a month of them is large, and a fifth of it would be a long, seldom vacuum.
"""

import django.db.models.deletion
from django.db import migrations, models

SETTINGS = {
    "outbox_lane": {
        "autovacuum_vacuum_scale_factor": "0",
        "autovacuum_vacuum_threshold": "10000",
        "vacuum_index_cleanup": "on",
        "autovacuum_analyze_scale_factor": "0.02",
    },
    "outbox_message": {
        "autovacuum_vacuum_scale_factor": "0.02",
        "autovacuum_vacuum_insert_scale_factor": "0.02",
        "autovacuum_analyze_scale_factor": "0.02",
    },
    "outbox_attempt": {
        "autovacuum_vacuum_scale_factor": "0.02",
        "autovacuum_vacuum_insert_scale_factor": "0.02",
        "autovacuum_analyze_scale_factor": "0.02",
    },
}


def change_settings(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, values in SETTINGS.items():
            assignments = ", ".join(f"{name} = {value}" for name, value in values.items())
            schema_editor.execute(f"ALTER TABLE {table} SET ({assignments})")


def reset_settings(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, values in SETTINGS.items():
            schema_editor.execute(f"ALTER TABLE {table} RESET ({', '.join(values)})")


def without_index(model, name, field, table, column, index):
    """Not by the operation alone: on SQLite that would write the whole table anew."""
    return migrations.SeparateDatabaseAndState(
        state_operations=[migrations.AlterField(model, name, field)],
        database_operations=[
            migrations.RunSQL(
                f"DROP INDEX {index}", reverse_sql=f"CREATE INDEX {index} ON {table} ({column})"
            )
        ],
    )


class Migration(migrations.Migration):

    dependencies = [
        ("outbox", "0003_delivery_rules"),
    ]

    operations = [
        # Deleting a message asks whether a lane is blocked by it; hardly any lane is by any.
        migrations.AddIndex(
            "lane",
            models.Index(
                fields=["blocked_by"],
                condition=models.Q(("blocked_by__isnull", False)),
                name="lane_blocked_by",
            ),
        ),
        without_index(
            "lane",
            "blocked_by",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="outbox.message",
            ),
            "outbox_lane",
            "blocked_by_id",
            "outbox_lane_blocked_by_id_18adee87",
        ),
        # `one_message_per_sequence` begins with the lane.
        without_index(
            "message",
            "lane",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="messages",
                to="outbox.lane",
            ),
            "outbox_message",
            "lane_id",
            "outbox_message_lane_id_78c63f49",
        ),
        # `attempt_of_message` begins with the message.
        without_index(
            "attempt",
            "message",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attempt_set",
                to="outbox.message",
            ),
            "outbox_attempt",
            "message_id",
            "outbox_attempt_message_id_0c8082e0",
        ),
        # Pages ask for the lanes of a record, whatever their destination.
        migrations.RemoveConstraint("lane", "one_lane_per_key"),
        migrations.AddConstraint(
            "lane",
            models.UniqueConstraint(
                fields=["record_type", "key", "destination"], name="one_lane_per_key"
            ),
        ),
        migrations.RunPython(change_settings, reset_settings),
    ]
