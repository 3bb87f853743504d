"""`manage.py run_worker`: deliver, on this host, until stopped."""

from typing import Any

from django.core.management.base import BaseCommand

from outbox.supervisor import Supervisor


class Command(BaseCommand):
    help = "Deliver the outbox: runs a django-q2 cluster, sweeps for work, restarts what hangs."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("The worker is running; stop it with Ctrl-C or SIGTERM.")
        Supervisor().run()
        self.stdout.write("The worker has stopped.")
