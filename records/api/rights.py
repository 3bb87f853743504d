"""Who may do what with the records of a type: Django's permissions on its model."""

from collections.abc import Mapping
from typing import Any, Final

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api import problem_kinds as kinds
from api.problems import Problem
from records.registry import RecordType

#: One of these is needed. PUT needs the one for what it turns out to do, too.
_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "GET": ("view",),
    "HEAD": ("view",),
    "POST": ("add",),
    "PUT": ("add", "change"),
    "PATCH": ("change",),
    "DELETE": ("delete",),
}


class RecordRights(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        """Raises Problem, which names what is missing."""
        if not request.user.is_authenticated:
            return False
        actions = _ACTIONS.get(request.method or "")
        if actions and getattr(view, "action", None):  # else: 405, or OPTIONS
            require_right(request, view.record_type, *actions)
        return True


def require_right(request: Request, record_type: RecordType, *actions: str) -> None:
    """Raises Problem where the user has none of these rights."""
    rights = [record_type.right(action) for action in actions]
    if any(request.user.has_perm(right) for right in rights):
        return
    what = f"{' or '.join(actions)} {record_type.model._meta.verbose_name_plural}"
    raise Problem(
        kinds.NOT_ALLOWED,
        f"You lack the right to {what} ({' or '.join(rights)}).",
        extensions={"missing": rights},
    )
