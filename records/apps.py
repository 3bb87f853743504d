from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"
    verbose_name = "Records"

    def ready(self) -> None:
        from outbox import rendering, signals
        from records import checks  # noqa: F401  registers them
        from records.inbound import concerns
        from records.rendering import render_now

        rendering.register(render_now)
        signals.register(concerns)
