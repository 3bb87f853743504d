"""The forms: a new upload; how a file is read; which column is which field."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from records.registry import RecordType, record_type
from uploads.columns import Columns, fields_of
from uploads.contents import ENCODINGS
from uploads.deciding import require_usable
from uploads.delimiters import DELIMITERS
from uploads.errors import UnusableFile
from uploads.models import Upload


class UploadForm(forms.Form):
    record_type = forms.ChoiceField(
        label="What it holds", widget=forms.Select(attrs={"class": "form-select"})
    )
    file = forms.FileField(
        label="CSV file",
        allow_empty_file=True,  # said in better words when it is read
        widget=forms.FileInput(attrs={"class": "form-control", "accept": ".csv,.txt,.tsv"}),
    )

    def __init__(self, *args: Any, kinds: Sequence[RecordType], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind.name, kind.plural) for kind in kinds]
        self.fields["record_type"] = forms.ChoiceField(
            label="What it holds",
            choices=choices,
            widget=forms.Select(attrs={"class": "form-select"}),
        )
        self.fields["file"].widget.attrs["data-max-bytes"] = settings.UPLOAD_MAX_BYTES

    def clean_record_type(self) -> RecordType:
        return record_type(self.cleaned_data["record_type"])

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
            raise forms.ValidationError("The file is too large.")
        return file


class ReadingForm(forms.Form):
    """Changing it checks the file anew."""

    check_number = forms.IntegerField(widget=forms.HiddenInput)
    encoding = forms.ChoiceField(
        choices=list(ENCODINGS.items()), widget=forms.Select(attrs={"class": "form-select"})
    )
    delimiter = forms.ChoiceField(
        label="Between the cells",
        choices=list(DELIMITERS.items()),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    blank = forms.CharField(
        label="Text that means empty",
        required=False,
        max_length=50,
        help_text="Such as NULL or n/a, where the file writes that.",
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )

    def __init__(self, *args: Any, upload: Upload, **kwargs: Any) -> None:
        self.upload = upload
        kwargs["initial"] = {
            "check_number": upload.check_number,
            "encoding": upload.encoding,
            "delimiter": upload.delimiter or ",",
            "blank": upload.blank,
        }
        super().__init__(*args, **kwargs)
        self._offer_columns()

    def _offer_columns(self) -> None:
        choices = [("", "left out")]
        choices += [
            (field.name, str(field.verbose_name)) for field in fields_of(self.upload.kind).values()
        ]
        columns: Columns = self.upload.columns or [None] * len(self.upload.header)
        for number, (name, field) in enumerate(zip(self.upload.header, columns, strict=True)):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=name,
                required=False,
                choices=choices,
                initial=field or "",
                widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
            )

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.is_read_otherwise:
            try:
                require_usable(self.upload, self.chosen)
            except UnusableFile as error:
                raise forms.ValidationError(str(error)) from error
        return self.cleaned_data

    @property
    def is_read_otherwise(self) -> bool:
        """Then the file may have other columns, and they are matched anew."""
        return any(name in self.changed_data for name in ("encoding", "delimiter"))

    @property
    def chosen(self) -> Columns:
        return [
            self.cleaned_data[f"column_{number}"] or None
            for number in range(len(self.upload.header))
        ]

    @property
    def how_to_read(self) -> dict[str, Any]:
        """Of a valid form, as `check_anew` takes it."""
        given = {name: self.cleaned_data[name] for name in ("encoding", "delimiter", "blank")}
        columns: dict[str, Any] = {"columns": [] if self.is_read_otherwise else self.chosen}
        if self.is_read_otherwise:
            columns["header"] = []
        return given | columns

    @property
    def column_fields(self) -> list[forms.BoundField]:
        return [self[f"column_{number}"] for number in range(len(self.upload.header))]
