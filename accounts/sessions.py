"""Sessions that are over: Django leaves their rows where they are."""

from typing import Final

from django.contrib.sessions.models import Session
from django.utils import timezone

AT_ONCE: Final = 1000


def forget_expired_sessions() -> None:
    """Called every minute."""
    over = Session.objects.filter(expire_date__lt=timezone.now())
    if keys := list(over.values_list("pk", flat=True)[:AT_ONCE]):
        Session.objects.filter(pk__in=keys).delete()
