from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone
from knox.models import AbstractAuthToken, AuthTokenManager

from outbox.models.message import uuid7


class ApiToken(AbstractAuthToken):
    """A program's key to the API. It may what its user may; only its hash is kept.

    `ApiToken.objects.create(user=…, name=…, expiry=timedelta(…))` gives the row and the token.
    """

    # Knox has the digest for this, but ids stand in addresses and logs.
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest = models.CharField(max_length=128, unique=True, editable=False)
    name = models.CharField(max_length=100)

    objects: ClassVar[AuthTokenManager] = AuthTokenManager()

    class Meta:
        verbose_name = "API token"
        default_permissions = ("view", "delete")  # "delete" revokes

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"

    @property
    def is_expired(self) -> bool:
        expiry: datetime | None = self.expiry
        return expiry is not None and expiry < timezone.now()
