"""`manage.py run_worker`: deliver, on this host, until stopped."""

import logging
from typing import Any

from django.core.management.base import BaseCommand

from outbox.supervisor import Supervisor

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Deliver the outbox: runs a django-q2 cluster, sweeps for work, restarts what hangs."

    def handle(self, *args: Any, **options: Any) -> None:
        # Logged, not printed: a log that cannot be written, on a full disk, stops nobody.
        logger.info("The worker is running; stop it with Ctrl-C or SIGTERM.")
        Supervisor().run()
        logger.info("The worker has stopped.")
