"""What a person may do, and a refusal in words that the person can use."""

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser, Group, PermissionsMixin
from django.core.exceptions import PermissionDenied

Person = PermissionsMixin | AnonymousUser


class NotAllowed(PermissionDenied):
    """The user's roles do not include a right. The page that refuses shows the message."""

    def __init__(self, right: str, *, doing: str) -> None:
        self.right = right
        super().__init__(f"Your account may not {doing}. {_who_may(roles_with(right))}")


def require_right(user: Person, right: str, *, doing: str) -> None:
    """Raises NotAllowed.

    `right` is such as "customers.change_customer", and `doing` what it is for: "edit customers".
    """
    if not user.has_perm(right):
        raise NotAllowed(right, doing=doing)


def _who_may(roles: Sequence[str]) -> str:
    if not roles:
        return "No role may; ask an administrator."
    kinds = "the role" if len(roles) == 1 else "one of the roles"
    return f"Ask an administrator for {kinds} {', '.join(roles)}."


def roles_with(right: str) -> list[str]:
    """The names of the groups that have a right."""
    app_label, codename = right.split(".", 1)
    return list(
        Group.objects.filter(
            permissions__content_type__app_label=app_label, permissions__codename=codename
        )
        .order_by("name")
        .values_list("name", flat=True)
    )
