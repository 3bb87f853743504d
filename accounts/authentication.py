"""`Authorization: Bearer …`: who a request to the API comes from."""

import re
from typing import Any, Final

from django.utils import timezone
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

_POSSIBLE: Final = re.compile(rb"[0-9A-Za-z_]+")  # knox and the database stumble over other bytes


class BearerToken(TokenAuthentication):
    """Knox's, which writes nothing: its reads would delete the expired tokens of the user.

    They stay on the user's page, which says that they are expired, until they are revoked there.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[Any, Any]:
        """Raises AuthenticationFailed."""
        if not _POSSIBLE.fullmatch(token):
            raise AuthenticationFailed("Invalid token.")
        found: tuple[Any, Any] = super().authenticate_credentials(token)  # type: ignore[no-untyped-call]
        return found

    def _cleanup_token(self, auth_token: Any) -> bool:
        """Whether it is expired."""
        return auth_token.expiry is not None and auth_token.expiry < timezone.now()
