"""`make run`: a database with people and sample records, and a word when all is ready.

python -m integration_site.demo prepare     before the processes start
python -m integration_site.demo announce    beside them
"""

import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import django

READY_WITHIN = 120.0  # seconds
SAMPLES = {"customer": "samples/customers.csv", "product": "samples/products.csv"}


def web_port() -> int:
    return int(os.environ.get("WEB_PORT", "8000"))


def remote_address() -> str:
    from django.conf import settings

    parts = urlsplit(settings.DESTINATIONS["erp"]["URL"])
    return f"{parts.scheme}://{parts.netloc}/"


def prepare() -> None:
    """Migrations, people, and sample records through the write door. Does nothing twice."""
    from django.core.management import call_command

    for name, port in (
        ("WEB_PORT", web_port()),
        ("REMOTE_PORT and ERP_URL", urlsplit(remote_address()).port),
    ):
        _require_free(name, port or 80)
    call_command("migrate", verbosity=0)
    call_command("create_demo_users", force=True, verbosity=0)
    for record_type, path in SAMPLES.items():
        call_command("import_csv", record_type, path, if_empty=True, verbosity=0)


def announce() -> None:
    """Wait until the pages answer and the samples have arrived, say so, and stay."""
    from django.db import connection

    started = time.monotonic()
    addresses = [f"http://127.0.0.1:{web_port()}/readyz", remote_address()]
    while not all(map(_answers, addresses)) or _pending():
        if time.monotonic() - started > READY_WITHIN:
            _say("Not everything is delivered yet; see the lines above for the reason.")
            break
        time.sleep(0.3)
    connection.close()
    _say(
        f"""
    Ready.

      The application   http://127.0.0.1:{web_port()}/
                        log in as alice (demo-alice), bob (demo-bob) or admin (demo-admin)
      The remote system {remote_address()}
                        what has arrived there, and switches that make it fail

    Ctrl-C stops everything.
"""
    )
    signal.pause()  # honcho stops all processes when one of them ends


def _require_free(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise SystemExit(
                f"Port {port} is in use. Stop what uses it, or set another in {name}."
            ) from None


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:  # noqa: S310  our own addresses
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _pending() -> bool:
    from outbox.models import Message

    return Message.objects.pending().exists()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration_site.settings")
    django.setup()
    {"prepare": prepare, "announce": announce}[sys.argv[1]]()
