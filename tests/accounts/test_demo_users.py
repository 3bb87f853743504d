"""`create_demo_users`: for demos only."""

from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

pytestmark = pytest.mark.django_db


def create(**options: bool) -> str:
    out = StringIO()
    call_command("create_demo_users", stdout=out, **options)
    return out.getvalue()


def test_it_refuses_where_debug_is_off() -> None:
    with pytest.raises(CommandError, match="DEBUG is off"):
        create()
    assert not User.objects.exists()


@override_settings(DEBUG=True)
def test_the_users_that_it_prints_can_log_in() -> None:
    for line in create().splitlines():
        name, _, password = line.split(" (")[0].partition(" / ")
        assert authenticate(username=name, password=password) is not None


def test_it_can_be_forced() -> None:
    create(force=True)
    assert User.objects.count() == 5


def test_each_has_the_role_that_is_printed() -> None:
    create(force=True)
    roles = {
        user.username: sorted(user.groups.values_list("name", flat=True))
        for user in User.objects.all()
    }
    assert roles == {
        "alice": ["editor", "uploader"],
        "bob": ["editor"],
        "carol": ["viewer"],
        "dave": ["operator"],
        "admin": [],
    }
    assert [user.username for user in User.objects.filter(is_superuser=True)] == ["admin"]
    staff = User.objects.filter(is_staff=True).order_by("username")
    assert [user.username for user in staff] == ["admin", "dave"]


def test_a_second_run_changes_nothing() -> None:
    create(force=True)
    before = list(User.objects.order_by("pk").values())
    create(force=True)
    assert list(User.objects.order_by("pk").values()) == before


def test_a_second_run_ends_no_session(client: Client) -> None:
    create(force=True)
    client.login(username="alice", password="demo-alice")
    create(force=True)
    assert client.get("/customers/").status_code == 200


def test_a_password_that_was_changed_is_given_back() -> None:
    create(force=True)
    alice = User.objects.get(username="alice")
    alice.set_password("forgotten")
    alice.save(update_fields=["password"])
    create(force=True)
    assert authenticate(username="alice", password="demo-alice") is not None
