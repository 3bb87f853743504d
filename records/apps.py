from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"
    verbose_name = "Records"

    def ready(self) -> None:
        from outbox import rendering
        from records import checks, inbound  # noqa: F401  register checks and receivers
        from records.rendering import render_now

        rendering.register(render_now)
