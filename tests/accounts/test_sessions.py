"""Sessions do not pile up."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts import sessions
from outbox.housekeeping import keep_house
from tests.people import browser_of, person


@pytest.mark.django_db
def test_sessions_that_are_over_are_deleted_bit_by_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("alice", "bob", "carol"):
        browser_of(person(name, "editor"))
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    browser: Client = browser_of(person("dave", "editor"))
    monkeypatch.setattr(sessions, "AT_ONCE", 2)
    keep_house()
    assert Session.objects.count() == 2
    keep_house()
    assert Session.objects.get().session_key == browser.session.session_key
