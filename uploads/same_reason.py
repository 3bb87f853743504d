"""The same reason for all refused rows: said once, rather than found out row by row."""

from dataclasses import dataclass
from typing import Final

from records.actions import Verdict
from uploads.columns import by_field, fields_of
from uploads.fixed_values import offered
from uploads.models import Upload
from uploads.preview import PAGE_SIZE, column_of
from uploads.refusals import Problems

#: Rows whose reasons are compared: a page should not wait for millions.
MOST_COMPARED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SameReason:
    #: "All 77 rows: currency: A price needs a currency."
    text: str
    #: Whether choosing one value for every row may help.
    is_value_missing: bool = False


def same_reason(upload: Upload) -> SameReason | None:
    """None where the reasons differ, or where no two rows are refused."""
    if upload.refused < 2:
        return None
    refused = upload.rows.filter(verdict=Verdict.REFUSED).order_by("number")
    first: list[Problems] = list(refused.values_list("problems", flat=True)[:PAGE_SIZE])
    if _has_no_key(upload, first):
        return SameReason(text=_no_key(upload))
    if any(problems != first[0] for problems in first):
        return None
    compared = min(upload.refused, MOST_COMPARED)
    last = refused.values_list("number", flat=True)[compared - 1]
    if refused.filter(number__lte=last).exclude(problems=first[0]).exists():
        return None
    return SameReason(
        text=f"{_rows(upload)}: {_reasons(upload, first[0])}",
        is_value_missing=bool(first[0].keys() & offered(upload).keys()),
    )


def _has_no_key(upload: Upload, first: list[Problems]) -> bool:
    key = upload.kind.key_field
    return (
        key in by_field(upload.columns)
        and upload.refused == upload.row_count
        and all(key in problems for problems in first)
        and not upload.rows.exclude(key="").exists()
    )


def _no_key(upload: Upload) -> str:
    kind = upload.kind
    label = fields_of(kind)[kind.key_field].verbose_name
    return (
        f"The column {column_of(upload, kind.key_field)} is empty in every row. Choose another"
        f" column for the {label}, by which a {kind.title} is known."
    )


def _rows(upload: Upload) -> str:
    if upload.refused > MOST_COMPARED:
        return f"The first {MOST_COMPARED:,} refused rows"
    kind = "" if upload.refused == upload.row_count else "refused "
    return f"All {upload.refused:,} {kind}rows"


def _reasons(upload: Upload, problems: Problems) -> str:
    return " ".join(
        f"{column}: {text}" if (column := column_of(upload, name)) else text
        for name, texts in problems.items()
        for text in texts
    )
