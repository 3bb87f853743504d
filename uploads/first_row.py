"""The first row of a file, by which a person knows what its columns hold."""

from collections.abc import Sequence

from uploads.errors import UnusableFile
from uploads.models import Upload
from uploads.reading import FileReader


def first_row(upload: Upload) -> Sequence[str]:
    """Its cells; none where there is no row, or where it cannot be read.

    Of a file that could not be checked no row is kept: then it is read from the file.
    """
    kept = upload.rows.filter(number__lte=upload.row_count).order_by("number")
    cells: Sequence[str] | None = kept.values_list("cells", flat=True).first()
    if cells is not None:
        return cells
    try:
        reader = FileReader(upload)
        row = next(reader.rows(), None)
    except UnusableFile:
        return []
    return row.cells if row and reader.header == upload.header else []
