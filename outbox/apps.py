from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "outbox"
    verbose_name = "Outbox"

    def ready(self) -> None:
        from django.conf import settings

        from outbox import checks  # noqa: F401  registers the system checks
        from outbox.heartbeat import drained_at, forget_drains_of
        from outbox.queues import Queue, register
        from outbox.sweeping import overdue_since, sweep

        register(
            Queue(
                name=settings.QUEUE_NAME,
                sweep=sweep,
                overdue_since=overdue_since,
                alive_at=drained_at,
                clear_away=forget_drains_of,
            )
        )
