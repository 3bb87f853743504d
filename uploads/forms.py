"""The form for a new upload."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from records.registry import RecordType, record_type


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
