from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "outbox"
    verbose_name = "Outbox"

    def ready(self) -> None:
        from django.conf import settings

        from outbox import checks  # noqa: F401  registers the system checks
        from outbox.heartbeat import drained_at, forget_drains_of
        from outbox.housekeeping import add_chore
        from outbox.queues import Queue, register
        from outbox.retention import forget_failed_tasks, purge_in_turn
        from outbox.sweeping import overdue_since, sweep

        add_chore(purge_in_turn)
        add_chore(forget_failed_tasks)
        register(
            Queue(
                name=settings.QUEUE_NAME,
                sweep=sweep,
                overdue_since=overdue_since,
                alive_at=drained_at,
                clear_away=forget_drains_of,
            )
        )
