"""The faults: what the remote can be asked to do wrong, and to which requests."""

from dataclasses import dataclass, replace

READ_FAULTS = frozenset({"down", "slow_seconds", "server_error", "unauthorized"})
PING_FAULTS = READ_FAULTS | {"too_many"}
WRITE_FAULTS = PING_FAULTS | {"reject", "lose_reply", "rubbish", "forgetful"}


@dataclass(frozen=True, kw_only=True)
class Faults:
    """The whole state of the switches. As JSON: an object of exactly these members."""

    down: bool = False
    """503 before looking at the request."""
    slow_seconds: float = 0.0
    """Wait before applying; goes with any other switch."""
    reject: bool = False
    """422, nothing applied, not kept for the idempotency key. What was applied before stands: its
    key gets the first reply."""
    lose_reply: bool = False
    """Apply, then close the connection without a reply."""
    server_error: bool = False
    """500, nothing applied."""
    rubbish: bool = False
    """Apply, then answer 200 with an HTML page."""
    too_many: bool = False
    """429 with Retry-After, nothing applied."""
    unauthorized: bool = False
    """401, nothing applied."""
    forgetful: bool = False
    """Apply a write anew though its idempotency key came before, and whatever its sequence."""
    key: str | None = None
    """Only requests about this key, and of a batch only its items; None for all."""
    times: int | None = None
    """So many more requests, then all switches clear; None for no end."""

    def only(self, names: frozenset[str]) -> "Faults":
        """These faults with every switch off that is not named."""
        off = {name: getattr(NO_FAULTS, name) for name in WRITE_FAULTS - names}
        return replace(self, **off)

    def any_on(self) -> bool:
        """Whether a switch is on (`key` and `times` are none)."""
        return any(getattr(self, name) for name in WRITE_FAULTS)


NO_FAULTS = Faults()
