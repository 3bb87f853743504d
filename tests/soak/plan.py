"""The plan: all that a seed decides before anything is started."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

#: Seconds.
PHASE: Final = 50.0
DEADLINE: Final = 1.5
GRACE: Final = 0.5
#: A look-up may come first, and a ping after it.
LEASE: Final = 3 * DEADLINE + GRACE + 1
#: The remote has applied a request by then, or never will.
SETTLE_AFTER: Final = 5.0

#: So many records of each type are created, changed, deleted, and created again.
KEYS: Final = {"customer": 80, "product": 20}
#: Most edits are about so many of each.
HOT: Final = 6


def key_name(number: int) -> str:
    return f"SOAK-{number:03}"


SHORT_WAITS: Final = {
    "OUTBOX_LEASE": str(LEASE),
    "OUTBOX_GRACE": str(GRACE),
    "OUTBOX_SWEEP": "1",
    "OUTBOX_DRAIN": "5",
    "OUTBOX_WEDGED_AFTER": "4",
    "OUTBOX_BACKOFF_LONGEST": "5",
    "ERP_DEADLINE": str(DEADLINE),
    "ERP_SETTLE_AFTER": str(SETTLE_AFTER),
    "WORKERS": "2",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """For how long workers run under which settings."""

    seconds: float
    settings: Mapping[str, str]

    def __str__(self) -> str:
        settings = self.settings
        said = [
            "merging" if settings["ERP_MERGE"] == "true" else "",
            f"batches of {settings['ERP_BATCH']}" if settings["ERP_BATCH"] != "1" else "",
            f"{settings['ERP_RATE']} requests a second" if settings["ERP_RATE"] != "0" else "",
            "looking up" if settings["ERP_IDEMPOTENT"] == "false" else "",
            "skipping the dead" if settings["ERP_DEAD_HEAD"] == "SKIP" else "",
            f"{settings['ERP_CONCURRENCY']} at once",
        ]
        return ", ".join(part for part in said if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    seed: int
    workers: int
    #: Whether the remote keeps neither idempotency keys nor sequences.
    forgetful: bool
    phases: list[Phase]

    def rng(self, name: str) -> random.Random:
        """Chance for one purpose: nobody's choices depend on how fast another's are made."""
        return random.Random(f"{self.seed} {name}")


def make_plan(seed: int, seconds: float, *, workers: int) -> Plan:
    rng = random.Random(f"{seed} plan")
    forgetful = rng.random() < 0.25
    count = max(1, round(seconds / PHASE))
    phases = [
        Phase(seconds=seconds / count, settings=_settings(rng, first=n == 0, forgetful=forgetful))
        for n in range(count)
    ]
    return Plan(seed=seed, workers=rng.randint(1, workers), forgetful=forgetful, phases=phases)


def _settings(rng: random.Random, *, first: bool, forgetful: bool) -> dict[str, str]:
    """The first phase is the default but for a remote that is forgetful."""
    chosen = {
        "ERP_MERGE": rng.choice(["true", "true", "true", "false"]),
        "ERP_BATCH": rng.choice(["1", "1", "20"]),
        "ERP_RATE": rng.choice(["0", "0", "0", "60"]),
        "ERP_IDEMPOTENT": rng.choice(["true", "true", "false"]),
        "ERP_DEAD_HEAD": rng.choice(["BLOCK", "SKIP"]),
        "ERP_CONCURRENCY": rng.choice(["3", "8", "16"]),
    }
    if first:
        chosen |= {"ERP_MERGE": "true", "ERP_BATCH": "1", "ERP_RATE": "0", "ERP_IDEMPOTENT": "true"}
    if forgetful:
        chosen["ERP_IDEMPOTENT"] = "false"
    return chosen
