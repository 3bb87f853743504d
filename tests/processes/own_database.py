"""A database of a test's own: this process works on it, as the application's processes do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from tests.processes.stack import database_url


@contextmanager
def working_on(**values: Any) -> Iterator[None]:
    """Django's default database is another one for a while; `values`: settings that differ."""
    there, before = connections["default"], connections.settings["default"]
    connections.settings["default"] = before | values
    del connections["default"]  # it is made when it is asked for
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = before
        connections["default"] = there
        ContentType.objects.clear_cache()


def migrate() -> None:
    """Make the tables of the database that this process works on."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "integration_site.settings", "DATABASE_URL": database_url()},
        cwd=settings.BASE_DIR,
        check=True,
    )
