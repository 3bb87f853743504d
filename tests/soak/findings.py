"""The findings: what went wrong, and what it took."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from outbox.models import RESEND, Attempt, Lane, Message, State
from records.context import Source
from records.models import Change, Kind
from tests.processes.ledger import judge
from tests.soak.journal import Told, read_journals
from tests.soak.scene import Scene, Trouble
from tests.soak.watch import Span, Watch, merged, seconds_outside
from uploads.models import State as UploadState
from uploads.models import Upload

MOST_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Each must be empty."""

    lost: list[str]  # committed, and neither applied nor visibly dead
    phantom: list[str]  # applied, and never committed
    doubled: list[str]  # one message applied twice
    reordered: list[str]  # older applied after newer
    different: list[str]  # quiet, and not the same here and there
    torn: list[str]  # half an edit; or not as its editor was told
    pending: list[str]  # not quiet within the time, though nothing was broken any more
    broken: list[str]  # errors that nobody should be told

    def __bool__(self) -> bool:
        return any(asdict(self).values())

    def as_json(self) -> dict[str, Any]:
        return {name: found[:MOST_SHOWN] for name, found in asdict(self).items()} | {
            "counts": {name: len(found) for name, found in asdict(self).items()}
        }


def find(scene: Scene, folder: Path, failures: Sequence[BaseException]) -> Findings:
    told = read_journals(folder)
    verdict = judge(scene.remote)
    return Findings(
        lost=verdict.lost,
        phantom=verdict.phantom,
        doubled=verdict.doubled,
        reordered=verdict.reordered,
        different=verdict.different,
        torn=_torn(told),
        pending=unsettled(),
        broken=[repr(failure) for failure in failures] + ["see the log"] * len(told[Told.BROKEN]),
    )


def unsettled() -> list[str]:
    """What keeps it from being quiet."""
    messages = Message.objects.filter(state__in=[State.PENDING, State.DEAD]).select_related("lane")
    uploads = Upload.objects.filter(state__in=[UploadState.CHECKING, UploadState.APPLYING])
    return [
        *(f"{one.state} {one} of {one.lane}: {one.last_error}" for one in messages[:MOST_SHOWN]),
        *(f"untold: {lane}" for lane in Lane.objects.untold()[:MOST_SHOWN]),
        *(f"upload {upload.pk} is {upload.state}" for upload in uploads),
    ]


def _torn(told: dict[Told, list[str]]) -> list[str]:
    edits = {str(pk): kind for pk, kind in Change.objects.values_list("pk", "kind")}
    inbound = Change.objects.filter(source=Source.INBOUND).values_list("pk", flat=True)
    messages = Message.objects.exclude(source=RESEND).values_list("pk", "edit_id")
    recorded = {str(edit_id) for _, edit_id in messages}
    ids = {str(pk) for pk, _ in messages}
    told_of_nobody = {pk for pk, kind in edits.items() if kind == Kind.DELETE}
    told_of_nobody |= {str(pk) for pk in inbound}
    return [
        *(f"message without edit {pk}" for pk in recorded - edits.keys()),
        # The remote may never have had what is deleted here.
        *(f"edit without message {pk}" for pk in edits.keys() - recorded - told_of_nobody),
        *(f"committed and not there {pk}" for pk in set(told[Told.COMMITTED]) - edits.keys()),
        *(f"rolled back and there {pk}" for pk in set(told[Told.ROLLED_BACK]) & edits.keys()),
        *(f"message told of and not there {pk}" for pk in set(told[Told.SENDING]) - ids),
    ]


def numbers(scene: Scene, watch: Watch, folder: Path, *, seconds: float) -> dict[str, float]:
    """What it took, by what it is called in the table; times in seconds."""
    told = read_journals(folder)
    states = [state for (state,) in Message.objects.values_list("state")]
    applied = len(scene.remote.ledger())
    waits = _waits(scene.troubles, watch)
    return {
        "edits": Change.objects.exclude(source=Source.INBOUND).count(),
        "rolled back": len(told[Told.ROLLED_BACK]),
        "refused": len(told[Told.REFUSED]),
        "database or pages away": len(told[Told.FAILED]),
        "files": len(told[Told.UPLOADED]),
        "troubles": len(scene.troubles),
        "kills": scene.kills,
        "started again": scene.crew.restarts,
        "messages": len(states),
        "superseded": states.count(State.SUPERSEDED),
        "died": len(watch.died),
        "replayed": scene.replayed,
        "discarded": states.count(State.DISCARDED),
        "attempts": Attempt.objects.count(),
        "requests applied": applied,
        "longest backlog": watch.longest_backlog,
        "median wait outside troubles, s": round(_percentile(waits, 50), 2),
        "99 % of waits outside troubles, s": round(_percentile(waits, 99), 2),
        "longest wait outside troubles, s": round(max(waits, default=0), 2),
        "longest recovery from a trouble, s": round(_recovery(scene.troubles, watch), 2),
        "messages a second": round(len(states) / seconds, 1),
    }


def _spans(troubles: Sequence[Trouble]) -> list[Span]:
    return [(one.began, one.ended) for one in troubles if one.ended is not None]


def _waits(troubles: Sequence[Trouble], watch: Watch) -> list[float]:
    """From each commit to its acknowledgement, without the time in which something was broken."""
    everywhere = merged(_spans(troubles), watch.paused)
    done = Message.objects.filter(state__in=[State.DELIVERED, State.SUPERSEDED]).order_by("lane")
    waits = []
    rows = done.values_list("lane", "created_at", "ended_at")
    for lane_id, of_lane in groupby(rows, key=lambda row: row[0]):
        spans = merged(everywhere, watch.blocked.get(lane_id, []))
        waits += [seconds_outside(created, ended, spans) for _, created, ended in of_lane if ended]
    return waits


def _recovery(troubles: Sequence[Trouble], watch: Watch) -> float:
    """The longest time from the end of a trouble, while some waited, to the first that arrived."""
    done = Message.objects.filter(state=State.DELIVERED, ended_at__isnull=False)
    times = list(done.values_list("created_at", "ended_at"))
    everywhere = merged(_spans(troubles), watch.paused)
    longest = 0.0
    for _, over in everywhere:
        arrivals = [ended for created, ended in times if ended and created < over < ended]
        if arrivals:
            longest = max(longest, seconds_outside(over, min(arrivals), everywhere))
    return longest


def _percentile(values: Sequence[float], per_cent: float) -> float:
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(len(ordered) * per_cent / 100))]


def timeline(troubles: Sequence[Trouble], started: datetime) -> list[str]:
    """One line for each trouble: when it began and ended, in seconds from the start."""
    return [
        f"{(one.began - started).total_seconds():7.1f} "
        f"{((one.ended or one.began) - started).total_seconds():7.1f} {one.what}: {one.detail}"
        for one in troubles
    ]
