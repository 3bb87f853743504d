from datetime import timedelta
from typing import Final
from uuid import uuid4

from django import forms

LIFETIMES: Final = {30: "30 days", 90: "90 days", 365: "a year"}


class TokenForm(forms.Form):
    """A new API token: what it is for, and for how long."""

    name = forms.CharField(
        max_length=100,
        help_text="What it is for, such as “web shop, nightly prices”.",
        error_messages={"required": "Say what the token is for: it is how you know it later."},
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    days = forms.TypedChoiceField(
        label="Valid for",
        choices=list(LIFETIMES.items()),
        coerce=int,
        initial=90,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    #: Names this page load, and becomes the token's id: a form sent twice makes one token.
    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    @property
    def lifetime(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])
