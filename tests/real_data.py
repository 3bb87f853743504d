"""Real CSV files, written by others; they are not part of the project."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("REAL_DATA_DIR", "../shared/data"))


def real_data(name: str) -> Path:
    """A file or folder of REAL_DATA_DIR; without it the test is skipped."""
    path = FOLDER / name
    if not path.exists():
        if os.environ.get("REQUIRE_REAL_DATA"):
            pytest.fail(f"{path} is missing (REQUIRE_REAL_DATA is set)")
        pytest.skip(f"{path} is missing; REAL_DATA_DIR names another folder")
    return path
