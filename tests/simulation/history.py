"""What happened in one simulated history, in words, and which guarantees it broke."""

from tests.simulation.clock import Clock


class GuaranteeBroken(AssertionError):
    """Says which, and what led there."""


class History:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lines: list[str] = []
        #: Kept as well as raised: the application catches much of what is raised inside it.
        self._broken: list[str] = []

    @property
    def last(self) -> str:
        return self._lines[-1]

    def tell(self, text: str) -> None:
        self._lines.append(f"{self._clock.elapsed():12.3f} s  {text}")

    def broken(self, text: str) -> None:
        """Raises GuaranteeBroken."""
        self.note(text)
        raise GuaranteeBroken(text)

    def note(self, text: str) -> None:
        """That something was found which must not be."""
        self.tell(f"BROKEN: {text}")
        self._broken.append(text)

    def require_whole(self) -> None:
        """Raises GuaranteeBroken, with the whole history, where anything was found."""
        if self._broken:
            raise GuaranteeBroken("\n".join([self._broken[0], "", *self._lines]))
