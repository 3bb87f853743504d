"""A form on a record: rules and saving are those of the write door."""

from typing import Any, TypeVar

from django import forms

from records.actions import Edit, create_record, update_record
from records.cleaning import clean
from records.context import EditContext
from records.errors import RecordInvalid
from records.models import Record
from records.ownership import remote_owners
from records.registry import type_of
from outbox.conf import destination

RecordT = TypeVar("RecordT", bound=Record)


class RecordForm(forms.ModelForm[RecordT]):
    """Base class; `Meta.fields` of the subclass may name fields that a remote decides.

    Those are shown and cannot be changed. `save_edit` writes; `save` is the model's and is not
    for use here.
    """

    #: The version that the person saw; an edit of an older one is refused.
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record_type = type_of(self._meta.model)
        self.warnings: dict[str, str] = {}
        self.is_new = self.instance._state.adding
        if not self.is_new:
            self.initial["seen_version"] = self.instance.version
            self.fields[self.record_type.key_field].disabled = True
        for name, owner in remote_owners(self.record_type).items():
            if name in self.fields:
                self.fields[name].disabled = True
                self.fields[name].required = False
                self.fields[name].help_text = f"kept by the {destination(owner).label}"
        # The model's own checks would speak before the rules have normalised a value.
        self._validate_unique = False

    def clean(self) -> dict[str, Any]:
        given = self._given()
        try:
            cleaned = clean(self.record_type, given, beside=self.instance.values() | given)
        except RecordInvalid as error:
            self.add_refusal(error)
        else:
            self.warnings = cleaned.warnings
        return self.cleaned_data

    def save_edit(self, context: EditContext) -> Edit:
        """Raises RecordInvalid, StaleRecord, RecordMissing."""
        if self.is_new:
            return create_record(self.record_type, self._given(), context=context)
        return update_record(
            self.record_type,
            self.instance.key,
            self._given(),
            context=context,
            expected_version=self.cleaned_data.get("seen_version"),
        )

    def add_refusal(self, refusal: RecordInvalid) -> None:
        """Show each message at its field."""
        for name, messages in refusal.errors.items():
            for message in messages:
                self.add_error(name if name in self.fields else None, message)

    def _given(self) -> dict[str, Any]:
        """What the person could change."""
        return {
            name: self.cleaned_data[name]
            for name, field in self.fields.items()
            if name in self.cleaned_data and not field.disabled and name != "seen_version"
        }
