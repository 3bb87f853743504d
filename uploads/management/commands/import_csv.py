"""`manage.py import_csv`: an upload from the command line; checked and saved in this process."""

from pathlib import Path
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count

from records.actions import Verdict
from records.context import Source
from records.registry import RecordType, UnknownRecordType, record_type
from uploads.columns import left_out
from uploads.command_line import Options, match_by_hand
from uploads.contents import ENCODINGS
from uploads.deciding import cancel
from uploads.errors import UnusableFile
from uploads.exporting import doubles, refused_rows, told_of_doubles, why
from uploads.foreground import run_here
from uploads.models import State, Upload
from uploads.models.part import PART_SIZE
from uploads.receiving import receive
from uploads.reporting import reporter
from uploads.rights import COMMAND, why_not

UNUSABLE: Final = 2
INTERRUPTED: Final = 130
#: Refused rows and warnings that are printed; the file of --refused has them all.
MOST_PRINTED: Final = 50


class Command(BaseCommand):
    help = (
        "Create the records of a CSV file, and change those that exist. Columns are matched to "
        "fields by name; others are left out. An empty cell empties its field. Rows are saved as "
        "they are reached: workers go on where this process is killed. "
        "Exit code 0: all is saved. 1: rows were refused. 2: the file or an option cannot be used. "
        "130: stopped by Ctrl-C."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("record_type")
        parser.add_argument("file", type=Path)
        repeatable: dict[str, Any] = {"action": "append", "default": []}
        parser.add_argument("--column", metavar="COLUMN=FIELD", help="repeatable", **repeatable)
        parser.add_argument(
            "--set", metavar="FIELD=VALUE", help="a value for every row; repeatable", **repeatable
        )
        parser.add_argument(
            "--value",
            metavar="FIELD:OLD=NEW",
            help="write NEW where the file says OLD; repeatable",
            **repeatable,
        )
        parser.add_argument("--blank", default="", help="how the file writes an empty value")
        parser.add_argument("--encoding", choices=ENCODINGS, default="", help="default: found out")
        parser.add_argument("--delimiter", default="", help="default: found out; tab: '\\t'")
        parser.add_argument("--if-empty", action="store_true", help="only where there are none yet")
        parser.add_argument("--dry-run", action="store_true", help="check, and save nothing")
        parser.add_argument(
            "--refused", type=Path, metavar="FILE", help="write the refused rows there"
        )
        parser.add_argument(
            "--user", default="", help="in whose name; default: the command's (import_csv)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.verbosity: int = options["verbosity"]
        try:
            kind = record_type(options["record_type"])
        except UnknownRecordType as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        if options["if_empty"] and kind.model.objects.exists():
            return
        user = _user(options["user"], kind)
        upload = self._receive(kind, options, user)
        try:
            with reporter(self.stdout if self.verbosity else None) as report:
                run_here(upload, report)
        except KeyboardInterrupt:
            cancel(upload)
            upload.refresh_from_db()
            self.stderr.write(f"Stopped. {upload.saved:,} rows are saved, and stay.")
            raise SystemExit(INTERRUPTED) from None
        self._conclude(upload, options)

    def _receive(self, kind: RecordType, options: dict[str, Any], user: Any) -> Upload:
        """The upload, ready to be checked. Raises CommandError."""
        path: Path = options["file"]
        try:
            given = Options.of(kind, options)
            with path.open("rb") as file:
                upload = receive(
                    kind,
                    iter(lambda: file.read(PART_SIZE), b""),
                    file_name=path.name,
                    actor=options["user"] or COMMAND,
                    uploaded_by=user,
                    source=Source.COMMAND,
                    needs_confirmation=options["dry_run"],
                    **given.how_to_read,
                )
            try:
                match_by_hand(upload, given.columns)
            except UnusableFile:
                upload.delete()
                raise
        except OSError as error:
            raise CommandError(
                f"{path} cannot be read: {error.strerror}.", returncode=UNUSABLE
            ) from error
        except UnusableFile as error:
            raise CommandError(f"{path.name}: {error}", returncode=UNUSABLE) from error
        self._say(f"{path.name} is {upload}. {_described(upload)}")
        return upload

    def _conclude(self, upload: Upload, options: dict[str, Any]) -> None:
        if upload.state == State.FAILED:
            raise CommandError(f"{upload.file_name}: {upload.reason}", returncode=UNUSABLE)
        if upload.state == State.CANCELLED:
            raise CommandError("Somebody stopped the upload.", returncode=UNUSABLE)
        counts = dict(upload.rows.values_list("verdict").annotate(Count("number")).order_by())
        self._print_rows(upload)
        self._say(
            f"{upload.file_name}: "
            + ", ".join(f"{counts.get(verdict, 0)} {verdict.value}" for verdict in Verdict)
            + (f", {upload.warned} with a warning" if upload.warned else "")
        )
        refused = counts.get(Verdict.REFUSED, 0)
        if options["refused"] and refused:
            with options["refused"].open("w", encoding="utf-8", newline="") as file:
                file.writelines(refused_rows(upload))
            self._say(f"The refused rows are in {options['refused']}.")
            if not_in_it := doubles(upload):
                self._say(told_of_doubles(not_in_it))
        if options["dry_run"]:
            cancel(upload)
            self._say("Nothing was saved: this was a dry run.")
        if refused:
            raise SystemExit(1)

    def _print_rows(self, upload: Upload) -> None:
        refused = upload.rows.filter(verdict=Verdict.REFUSED).order_by("number")
        for row in refused[:MOST_PRINTED]:
            self.stderr.write(f"line {row.line}: {why(row)}")
        if (more := refused.count() - MOST_PRINTED) > 0:
            self.stderr.write(f"… and {more:,} more refused rows; --refused FILE writes them all.")
        for row in upload.rows.filter(warned=True).order_by("number")[:MOST_PRINTED]:
            for field, text in row.warnings.items():
                self._say(f"line {row.line}: {field}: {text}", verbosity=2)

    def _say(self, text: str, *, verbosity: int = 1) -> None:
        if self.verbosity >= verbosity:
            self.stdout.write(text)


def _described(upload: Upload) -> str:
    """Which column is what."""
    pairs = list(zip(upload.header, upload.columns, strict=True))
    used = ", ".join(f"{column} → {field}" for column, field in pairs if field)
    unused = ", ".join(left_out(upload))
    return used + (f"; left out: {unused}" if unused else "")


def _user(name: str, kind: RecordType) -> Any:
    """Who may upload such records; None where nobody is named. Raises CommandError."""
    if not name:
        return None
    if name == COMMAND:
        raise CommandError(
            f"{COMMAND} stands for no account. Leave --user out.", returncode=UNUSABLE
        )
    user = get_user_model().objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"There is no user {name}.", returncode=UNUSABLE)
    if reason := why_not(user, kind):
        raise CommandError(reason, returncode=UNUSABLE)
    return user
