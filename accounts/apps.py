from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts.sessions import forget_expired_sessions
        from outbox.housekeeping import add_chore

        add_chore(forget_expired_sessions)
