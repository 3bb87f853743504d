"""The form for how a file is read: its columns, values for every row, encoding and delimiter."""

from typing import Any

from django import forms
from django.utils.text import capfirst

from uploads.columns import Columns, fields_of
from uploads.contents import ENCODINGS
from uploads.deciding import require_usable
from uploads.delimiters import DELIMITERS
from uploads.errors import UnusableFile
from uploads.fixed_values import offered, require_no_column
from uploads.models import Upload


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
        self._offer_fixed()

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

    def _offer_fixed(self) -> None:
        fields = fields_of(self.upload.kind)
        self._fixed_names = []
        for name, choices in offered(self.upload).items():
            self._fixed_names.append(name)
            self.fields[f"fixed_{name}"] = forms.ChoiceField(
                label=capfirst(str(fields[name].verbose_name)),
                required=False,
                choices=[("", "–"), *choices],
                initial=self.upload.fixed.get(name, ""),
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.is_read_otherwise:
            try:
                require_usable(self.upload, self.chosen)
                require_no_column(self.upload, self.upload.header, self.chosen, self.fixed)
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
    def fixed(self) -> dict[str, str]:
        """Field → the value of every row."""
        kept = {
            name: value
            for name, value in self.upload.fixed.items()
            if name not in self._fixed_names
        }
        chosen = {name: self.cleaned_data[f"fixed_{name}"] for name in self._fixed_names}
        return kept | {name: value for name, value in chosen.items() if value}

    @property
    def how_to_read(self) -> dict[str, Any]:
        """Of a valid form, as `check_anew` takes it."""
        given = {name: self.cleaned_data[name] for name in ("encoding", "delimiter", "blank")}
        columns: dict[str, Any] = {"columns": [] if self.is_read_otherwise else self.chosen}
        if self.is_read_otherwise:
            columns["header"] = []
        return given | columns | {"fixed": self.fixed}

    @property
    def column_fields(self) -> list[forms.BoundField]:
        return [self[f"column_{number}"] for number in range(len(self.upload.header))]

    @property
    def fixed_fields(self) -> list[forms.BoundField]:
        return [self[f"fixed_{name}"] for name in self._fixed_names]
