"""`manage.py backfill`: send records that are older than a destination, or than its mapping."""

import re
from collections.abc import Mapping as Dict
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from outbox.conf import destination as configured
from outbox.errors import UnknownDestination
from outbox.models import Priority
from records.backfilling import Backfill, Tally
from records.context import EditContext, Source
from records.mapping import Mapping
from records.registry import RecordType, UnknownRecordType, record_type
from records.reporting import reporter

COMMAND: Final = "backfill"
INTERRUPTED: Final = 130
_RUN: Final = re.compile(r"[0-9TZ:.-]{1,30}")


class Command(BaseCommand):
    help = (
        "Send a destination the records that it has not been given: those that are older than it, "
        "or than its mapping. Edits go before them. It may be stopped at any time; run again, it "
        "goes on. Exit code 0: all are sent, or were. 1: the destination could not take some. "
        "130: stopped by Ctrl-C."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("destination")
        parser.add_argument("record_type")
        parser.add_argument(
            "--all", action="store_true", help="send what it has been given already, too"
        )
        parser.add_argument(
            "--resume", metavar="RUN", default="", help="go on with a run of --all that was stopped"
        )
        parser.add_argument("--dry-run", action="store_true", help="count, and send nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        kind, mapping = _mapping(options["destination"], options["record_type"])
        run = _run(options)
        out = self.stdout if options["verbosity"] else None
        if out and options["all"] and not options["dry_run"]:
            out.write(f"Should it be stopped, go on with --all --resume {run}")
        with reporter(out) as report:
            total = kind.model.objects.count()
            backfill = Backfill(
                kind=kind,
                mapping=mapping,
                context=_context(run),
                even_if_there=options["all"],
                is_dry=options["dry_run"],
                on_refusal=lambda key, reason: self.stderr.write(f"{key}: {reason}"),
                on_progress=lambda tally: report([("Records", tally.seen, total)]),
            )
            try:
                tally = backfill.run()
            except KeyboardInterrupt:
                self.stderr.write(f"Stopped: {_told(backfill.tally)}.")
                raise SystemExit(INTERRUPTED) from None
        if out:
            out.write(f"{mapping.destination}: {_told(tally)}.")
            if options["dry_run"]:
                out.write("Nothing was sent: this was a dry run.")
        if tally.refused:
            raise SystemExit(1)


def _run(options: Dict[str, Any]) -> str:
    """The name of the run. Raises CommandError."""
    resumed: str = options["resume"]
    if not resumed:
        return f"{timezone.now():%Y-%m-%dT%H:%M:%S.%fZ}"
    if not options["all"]:
        raise CommandError("--resume goes with --all; without, a run goes on by itself.")
    if not _RUN.fullmatch(resumed):
        raise CommandError(f"--resume is {resumed!r}; it should be what the stopped run said.")
    return resumed


def _context(run: str) -> EditContext:
    name = f"{COMMAND} {run}"
    return EditContext(
        actor=COMMAND, source=Source.COMMAND, reference=name, batch=name, priority=Priority.BULK
    )


def _mapping(destination: str, name: str) -> tuple[RecordType, Mapping[Any]]:
    """Raises CommandError."""
    try:
        configured(destination)
        kind = record_type(name)
    except (UnknownDestination, UnknownRecordType) as error:
        raise CommandError(str(error)) from error
    for mapping in kind.mappings:
        if mapping.destination == destination:
            return kind, mapping
    known = ", ".join(mapping.destination for mapping in kind.mappings) or "nowhere"
    raise CommandError(f"{kind.plural} have no mapping to {destination}; they go to: {known}.")


def _told(tally: Tally) -> str:
    return (
        f"{tally.sent:,} sent, {tally.there:,} given before, "
        f"{tally.left_out:,} not meant for it, {tally.refused:,} refused"
    )
