"""What the header offers, and where a person starts: only what they may see."""

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from accounts.rights import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    label: str
    #: Of the URLs that it leads to.
    namespace: str
    page: str
    #: Who has it sees the entry.
    right: str

    @property
    def url(self) -> str:
        return reverse(f"{self.namespace}:{self.page}")


ENTRIES: Final = (
    Entry(
        label="Customers",
        namespace="customers",
        page="list",
        right="customers.view_customer",
    ),
    Entry(
        label="Products",
        namespace="products",
        page="list",
        right="products.view_product",
    ),
    Entry(
        label="Uploads",
        namespace="uploads",
        page="history",
        right="uploads.view_upload",
    ),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `entries`, and the `here` that is the namespace of this page."""
    match = request.resolver_match
    return {
        # Lazy, since it asks the database: not every page has a header.
        "entries": SimpleLazyObject(lambda: _entries_for(getattr(request, "user", None))),
        "here": match.namespace if match else "",
    }


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first thing that the person may see; a word where that is nothing."""
    entries = _entries_for(request.user)
    return redirect(entries[0].url) if entries else render(request, "no_role.html")


def _entries_for(user: Person | None) -> list[Entry]:
    return [entry for entry in ENTRIES if user is not None and user.has_perm(entry.right)]
