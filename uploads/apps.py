from django.apps import AppConfig
from django.conf import settings


class UploadsConfig(AppConfig):
    name = "uploads"
    verbose_name = "Uploads"

    def ready(self) -> None:
        from outbox.queues import Queue, register
        from uploads.asking import alive_at, clear_away, overdue_since, sweep

        register(
            Queue(
                name=settings.UPLOAD_QUEUE_NAME,
                sweep=sweep,
                overdue_since=overdue_since,
                alive_at=alive_at,
                clear_away=clear_away,
            )
        )
