"""The rights that the pages of a record type ask for, and what they offer to whom."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.http import HttpRequest, HttpResponse

from accounts.rights import Person, require_right
from records.pages import RecordPages

Parameters = ParamSpec("Parameters")
#: Its two arguments are named `request` and `pages`: URLs pass the second by its name.
View = Callable[Concatenate[HttpRequest, RecordPages, Parameters], HttpResponse]

#: Action → how a refusal calls it.
WORDS: Final = {"view": "see", "add": "add", "change": "edit", "delete": "delete"}


def requires(action: str) -> Callable[[View[Parameters]], View[Parameters]]:
    """Decorator: the view raises NotAllowed, which is a 403, for who may not do this."""

    def decorate(view: View[Parameters]) -> View[Parameters]:
        @wraps(view)
        def guarded(
            request: HttpRequest,
            pages: RecordPages,
            *args: Parameters.args,
            **kwargs: Parameters.kwargs,
        ) -> HttpResponse:
            right = pages.record_type.right(action)
            require_right(request.user, right, doing=f"{WORDS[action]} {pages.plural}")
            return view(request, pages, *args, **kwargs)

        return guarded  # type: ignore[return-value]  # mypy minds that they have names

    return decorate


@dataclass(frozen=True, slots=True, kw_only=True)
class May:
    """What the person who looks may do: pages offer nothing else."""

    user: Person
    pages: RecordPages

    @property
    def add(self) -> bool:
        return self._may("add")

    @property
    def change(self) -> bool:
        return self._may("change")

    @property
    def delete(self) -> bool:
        return self._may("delete")

    @property
    def upload(self) -> bool:
        return self._may("upload")

    def _may(self, action: str) -> bool:
        return bool(self.user.has_perm(self.pages.record_type.right(action)))
