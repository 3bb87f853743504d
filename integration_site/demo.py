"""`make run`: the application, a worker and a demo remote, with people and sample records."""

import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import django
from honcho.manager import Manager

READY_WITHIN = 120.0  # seconds
SAMPLES = {"customer": "samples/customers.csv", "product": "samples/products.csv"}


def run() -> int:
    """Until Ctrl-C; the exit code."""
    from django.conf import settings

    from integration_site.settings import env

    web_port = env.whole("WEB_PORT", 8000, least=1, most=65535)
    remote = urlsplit(settings.DESTINATIONS["erp"]["URL"])
    remote_port = remote.port or 80
    _require_free("WEB_PORT", web_port)
    _require_free("ERP_URL", remote_port)
    _prepare()
    manager = Manager()
    for name, command in _commands(web_port, remote_port).items():
        # Started with our environment, so that all of them are of one mind.
        manager.add_process(name, command, env=dict(os.environ))
    addresses = [f"http://127.0.0.1:{web_port}/", f"http://127.0.0.1:{remote_port}/"]
    threading.Thread(target=_announce, args=addresses, daemon=True).start()
    # The terminal is closed: as Ctrl-C.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    manager.loop()
    stopped_by_user = manager.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    return 0 if stopped_by_user else manager.returncode or 0


def _commands(web_port: int, remote_port: int) -> dict[str, str]:
    python = sys.executable
    return {
        "remote": f'{python} -m demo_remote --port {remote_port} --token "$ERP_TOKEN" '
        "--database var/demo_remote.sqlite3",
        "web": f"{python} -m gunicorn integration_site.wsgi --bind 127.0.0.1:{web_port} "
        "--threads 8 --log-level warning --no-control-socket",
        "worker": f"{python} manage.py run_worker",
    }


def _prepare() -> None:
    """Migrations, people, and sample records through the write door. Does nothing twice."""
    from django.core.management import call_command

    call_command("check")
    call_command("migrate", verbosity=0)
    call_command("create_demo_users", force=True, verbosity=0)
    for record_type, path in SAMPLES.items():
        call_command("import_csv", record_type, path, if_empty=True, verbosity=0)


def _announce(web: str, remote: str) -> None:
    """Wait until the pages answer and the samples have arrived, and say so."""
    from django.db import connection

    started = time.monotonic()
    while not (_answers(f"{web}readyz") and _answers(remote)) or _pending():
        if time.monotonic() - started > READY_WITHIN:
            _say("Not everything is delivered yet; the lines above or the pages say why.")
            break
        time.sleep(0.3)
    connection.close()
    _say(
        f"""
    Ready.

      The application   {web}
                        log in as alice (edits and uploads), bob (edits),
                        carol (looks), dave (operator) or admin;
                        the password is demo-alice …
      The remote system {remote}
                        what has arrived there, and switches that make it fail

    Ctrl-C stops everything.
"""
    )


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
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration_site.settings")
    try:
        django.setup()
        sys.exit(run())
    except (ImproperlyConfigured, CommandError) as error:  # it says all there is to say
        sys.exit(str(error))
