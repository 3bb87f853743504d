"""A form on a record: rules and saving are those of the write door."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

from django import forms
from django.core.validators import MaxLengthValidator

from outbox.conf import destination
from records.actions import Edit, create_record, update_record
from records.cleaning import clean
from records.context import EditContext
from records.countries import country_choices
from records.currencies import currency_choices
from records.display import plain_decimal
from records.errors import RecordInvalid
from records.models import Record
from records.ownership import remote_owners
from records.registry import type_of

RecordT = TypeVar("RecordT", bound=Record)

#: Fields of these names are chosen from a list, whichever record type has them.
CHOSEN: dict[str, Callable[[], list[tuple[str, str]]]] = {
    "country": country_choices,
    "currency": currency_choices,
}


class RecordForm(forms.ModelForm[RecordT]):
    """Base class; `Meta.fields` of the subclass may name fields that a remote decides.

    Those are shown and cannot be changed. `save_edit` writes; `save` is the model's and is not
    for use here.
    """

    #: Heading → the fields under it, in the order of the page.
    sections: ClassVar[dict[str, tuple[str, ...]]]
    #: Amounts of money: shown with two places at least.
    money: ClassVar[frozenset[str]] = frozenset()

    #: The version that the person saw; an edit of an older one is refused.
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    #: Names this page load: the same form sent twice is known by it.
    submission = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record_type = type_of(self._meta.model)
        self.warnings: dict[str, str] = {}
        self.is_new = self.instance._state.adding
        if not self.is_new:
            self.initial["seen_version"] = self.instance.version
            # Without it nobody could tell whose edit is overwritten.
            self.fields["seen_version"].required = True
            self.fields[self.record_type.key_field].disabled = True
        for name in CHOSEN.keys() & self.fields.keys():
            self._offer_choices(name)
        for name, owner in remote_owners(self.record_type).items():
            if name in self.fields:
                self.fields[name].disabled = True
                self.fields[name].required = False
                self.fields[name].help_text = f"kept by the {destination(owner).label}"
        for name, field in self.fields.items():
            self._dress(name, field)

    def clean(self) -> dict[str, Any]:
        given = self._given()
        try:
            cleaned = clean(self.record_type, given, beside=self.instance.values() | given)
        except RecordInvalid as error:
            self.add_refusal(error)
        else:
            self.warnings = cleaned.warnings
            self.cleaned_data |= cleaned.values
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

    @property
    def editable(self) -> list[str]:
        """The record's fields that the person can change."""
        own = {field.name for field in self._meta.model.data_fields()}
        return [name for name, field in self.fields.items() if name in own and not field.disabled]

    def bound_sections(self) -> Sequence[tuple[str, list[forms.BoundField]]]:
        return [
            (heading, [self[name] for name in names]) for heading, names in self.sections.items()
        ]

    def _post_clean(self) -> None:
        """The write door builds and checks the record; here the instance stays as it was read."""

    def _given(self) -> dict[str, Any]:
        return {
            name: self.cleaned_data[name] for name in self.editable if name in self.cleaned_data
        }

    def _offer_choices(self, name: str) -> None:
        choices = CHOSEN[name]()
        stored = self.initial.get(name)
        if stored and stored not in dict(choices):
            choices.insert(0, (stored, stored))
        self.fields[name] = forms.ChoiceField(
            label=self.fields[name].label,
            required=self.fields[name].required,
            choices=[("", "–"), *choices],
        )

    def _dress(self, name: str, field: forms.Field) -> None:
        """How the browser shows the field. Lengths and numbers are judged by the rules alone."""
        widget = field.widget
        if widget.is_hidden:
            return
        widget.attrs["class"] = (
            "form-select" if isinstance(widget, forms.Select) else "form-control"
        )
        if isinstance(field, forms.CharField):
            # A browser cuts pasted text at `maxlength` without a word, and a GTIN with blanks in it
            # is not too long.
            widget.attrs.pop("maxlength", None)
            field.validators = [
                v for v in field.validators if not isinstance(v, MaxLengthValidator)
            ]
        if isinstance(widget, forms.Textarea):
            widget.attrs["rows"] = 5
        if isinstance(field, forms.DecimalField):
            # A number box empties itself when "12,50" is typed, and the value would be lost. The
            # text is for the rules to judge: a DecimalField would make 1e5 a number.
            self.fields[name] = forms.CharField(
                label=field.label,
                required=field.required,
                help_text=field.help_text,
                disabled=field.disabled,
                widget=forms.TextInput(attrs={"class": "form-control", "inputmode": "decimal"}),
            )
            value = self.initial.get(name)
            if isinstance(value, Decimal):
                places = 2 if name in self.money else 0
                self.initial[name] = plain_decimal(value, least_places=places)
