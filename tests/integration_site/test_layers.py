"""Layers: imports run one way, and every room has its place in the list."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings


@pytest.fixture(scope="module")
def import_linter() -> dict[str, Any]:
    """What pyproject.toml tells import-linter."""
    config = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    found: dict[str, Any] = config["tool"]["importlinter"]
    return found


def _rooms() -> set[str]:
    """The top-level packages there are, tests apart."""
    root: Path = settings.BASE_DIR
    return {folder.parent.name for folder in root.glob("*/__init__.py")} - {"tests"}


def test_no_import_runs_upwards() -> None:
    program = "from importlinter.cli import lint_imports; exit(lint_imports(no_cache=True))"
    linted = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_every_room_is_looked_at(import_linter: dict[str, Any]) -> None:
    assert set(import_linter["root_packages"]) == _rooms()


def test_every_room_has_its_layer_or_stands_alone(import_linter: dict[str, Any]) -> None:
    placed = set[str]()
    for contract in import_linter["contracts"]:
        if contract["type"] == "layers":
            placed |= {room.strip() for layer in contract["layers"] for room in layer.split("|")}
        elif contract["name"].startswith("The demo remote stands alone"):
            placed |= set(contract["source_modules"]) & {"demo_remote"}

    assert placed == _rooms()


def test_what_stands_alone_knows_every_other_room(import_linter: dict[str, Any]) -> None:
    imports_nothing, imported_by_nobody = (
        contract
        for contract in import_linter["contracts"]
        if contract["name"].startswith("The demo remote stands alone")
    )
    others = _rooms() - {"demo_remote"}

    assert set(imports_nothing["forbidden_modules"]) == others | {"django"}
    assert set(imported_by_nobody["source_modules"]) == others
