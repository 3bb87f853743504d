"""Permissions: nobody may do anything, unless the view says who may."""

from typing import Any

from rest_framework.permissions import BasePermission


class Nobody(BasePermission):
    """The default, so that a view which forgets to say is closed."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False
