"""A copy of the tree, in which bugs are planted."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final, Self

from tests.planted_bugs.plant import Plant

_LEFT_OUT: Final = shutil.ignore_patterns(
    ".git", ".venv", ".env", "var", "build", "__pycache__", ".*_cache", ".hypothesis"
)


class Tree:
    def __init__(self, root: Path) -> None:
        self.root = root
        self._versions = count(1)

    @classmethod
    def copy_of(cls, source: Path, target: Path) -> Self:
        shutil.copytree(source, target, ignore=_LEFT_OUT)
        (target / "var").mkdir()
        return cls(target)

    @contextmanager
    def planted(self, plant: Plant) -> Iterator[None]:
        """Raises OutOfDate, and has changed nothing then."""
        sound = {name: (self.root / name).read_text() for name in plant.texts(self.root)}
        self._write(plant.texts(self.root))
        try:
            yield
        finally:
            self._write(sound)

    def _write(self, texts: dict[str, str]) -> None:
        for name, text in texts.items():
            path = self.root / name
            path.write_text(text)
            # Python takes compiled code for current by size and whole second of the source.
            second = int(path.stat().st_mtime) + next(self._versions)
            os.utime(path, (second, second))
