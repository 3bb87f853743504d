"""The soak itself, for a minute on the database of this run. `make soak` takes longer."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_minute_of_troubles_loses_doubles_and_reorders_nothing(tmp_path: Path) -> None:
    env = dict(os.environ)
    if connection.vendor == "postgresql":
        env["TEST_DATABASE_URL"] = env["DATABASE_URL"]  # it makes a database of its own there
    command = [
        *(sys.executable, "-m", "tests.soak", "--minutes", "1"),
        *("--database", connection.vendor, "--build", str(tmp_path)),
    ]
    soak = subprocess.run(command, env=env, cwd=settings.BASE_DIR, capture_output=True, text=True)
    print(soak.stdout)
    [result] = json.loads((tmp_path / "soak.json").read_text())["databases"].values() or [None]
    if result is None and not os.environ.get("REQUIRE_SERVERS"):
        pytest.skip(soak.stdout)
    assert soak.returncode == 0, soak.stdout
    assert result["numbers"]["edits"] > 100
    assert result["numbers"]["troubles"] > 5
    assert set(result["findings"]["counts"].values()) == {0}
