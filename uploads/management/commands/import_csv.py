"""`manage.py import_csv`: create and change records from a CSV file, through the write door."""

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox.models import Priority
from records.actions import create_record, update_record
from records.context import EditContext, Source
from records.errors import RecordError, RecordInvalid, RecordMissing
from records.registry import RecordType, UnknownRecordType, record_type


class Command(BaseCommand):
    help = (
        "Create the records of a CSV file (UTF-8, comma), and change those that exist. "
        "Columns are matched to fields by name; others are left out. "
        "Exit code 1 where a row was refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("record_type")
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--column", action="append", default=[], metavar="COLUMN=FIELD", help="repeatable"
        )
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            help="a value for every row; repeatable",
        )
        parser.add_argument(
            "--value",
            action="append",
            default=[],
            metavar="FIELD:OLD=NEW",
            help="write NEW where the file says OLD; repeatable",
        )
        parser.add_argument("--blank", default="", help="how the file writes an empty value")
        parser.add_argument("--if-empty", action="store_true", help="only where there are none yet")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            kind = record_type(options["record_type"])
        except UnknownRecordType as error:
            raise CommandError(str(error)) from error
        if options["if_empty"] and kind.model.objects.exists():
            return
        path: Path = options["file"]
        done: Counter[str] = Counter()
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file, strict=True)
                rows = _Rows(kind, reader, options)
                self._say(f"{path.name}: {rows.described()}")
                for row in reader:
                    context = EditContext(
                        actor="import_csv",
                        source=Source.COMMAND,
                        reference=f"{path.name} line {reader.line_num}",
                        priority=Priority.BULK,
                    )
                    try:
                        done[self._apply(kind, rows.read(row), context)] += 1
                    except RecordError as error:
                        self.stderr.write(f"{context.reference}: {error}")
                        done["refused"] += 1
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not UTF-8 (byte {error.start}).") from error
        except csv.Error as error:
            raise CommandError(f"{path}, line {reader.line_num}: {error}.") from error
        self._say(
            f"{path.name}: {done['new']} new, {done['changed']} changed, "
            f"{done['unchanged']} unchanged, {done['refused']} refused"
        )
        if done["refused"]:
            raise SystemExit(1)

    def _apply(self, kind: RecordType, values: Mapping[str, Any], context: EditContext) -> str:
        """What was done. Raises RecordError."""
        key = str(values.get(kind.key_field, "")).strip()
        try:
            edit = update_record(kind, key, values, context=context)
            done = "changed" if edit.change else "unchanged"
        except RecordMissing:
            edit, done = create_record(kind, values, context=context), "new"
        for field, warning in edit.warnings.items():
            self._say(f"{context.reference}: {field}: {warning}", verbosity=2)
        return done

    def _say(self, text: str, *, verbosity: int = 1) -> None:
        if self.verbosity >= verbosity:
            self.stdout.write(text)

    def execute(self, *args: Any, **options: Any) -> str | None:
        self.verbosity: int = options["verbosity"]
        return super().execute(*args, **options)


class _Rows:
    """The rows of a file as field → value."""

    def __init__(
        self, kind: RecordType, reader: "csv.DictReader[str]", options: Mapping[str, Any]
    ) -> None:
        self._blank: str = options["blank"]
        self._fixed = dict(_pair(text) for text in options["set"])
        self._values = dict(_pair(text) for text in options["value"])
        fields = {field.name for field in kind.model.data_fields()}
        named = dict(_pair(text) for text in options["column"])
        header = reader.fieldnames or []
        missing = [column for column in named if column not in header]
        unknown = [name for name in [*named.values(), *self._fixed] if name not in fields]
        if missing:
            raise CommandError(f"The file has no column {', '.join(missing)}.")
        if unknown:
            raise CommandError(
                f"There is no field {', '.join(unknown)}. Fields: {', '.join(sorted(fields))}."
            )
        by_name = {column: column.strip().lower().replace(" ", "_") for column in header}
        matched = {column: name for column, name in by_name.items() if name in fields}
        self._columns = matched | named
        twice = [name for name, count in Counter(self._columns.values()).items() if count > 1]
        if twice or len(set(header)) < len(header):
            raise CommandError(
                f"More than one column is the {', '.join(twice)}."
                if twice
                else "Two columns of the file have the same name."
            )
        self._left_out = [column for column in header if column not in self._columns]
        if kind.key_field not in [*self._columns.values(), *self._fixed]:
            raise CommandError(
                f"No column is the {kind.key_field}. Say which: --column COLUMN={kind.key_field}."
            )

    def described(self) -> str:
        text = ", ".join(f"{column} → {name}" for column, name in self._columns.items())
        return text + (f"; left out: {', '.join(self._left_out)}" if self._left_out else "")

    def read(self, row: Mapping[str | None, Any]) -> dict[str, Any]:
        """Raises RecordInvalid for a row that is shorter or longer than the header."""
        if None in row or None in row.values():
            raise RecordInvalid({"": ["The row has more or fewer cells than the header."]})
        return {
            name: self._read(name, row[column]) for column, name in self._columns.items()
        } | self._fixed

    def _read(self, name: str, raw: str) -> str:
        value = "" if raw == self._blank else raw
        return self._values.get(f"{name}:{value}", value)


def _pair(text: str) -> tuple[str, str]:
    left, found, right = text.partition("=")
    if not found:
        raise CommandError(f"{text!r} should have the form NAME=VALUE.")
    return left, right
