"""Roles: groups that migrations make, with rights that an administrator may change afterwards."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations import RunPython

from accounts.roles import Role, UnknownRight, grants, make_groups
from records.registry import record_types

pytestmark = pytest.mark.django_db

RECORD_ACTIONS = {
    Role.VIEWER: {"view"},
    Role.EDITOR: {"view", "add", "change", "delete"},
    Role.UPLOADER: {"view", "upload"},
    Role.OPERATOR: {"view"},
}
OUTBOX = {
    "message",
    "rateallowance",
    "lane",
    "attempt",
    "destinationstate",
    "wakerequest",
    "worker",
    "drain",
}


def rights_of(role: str) -> set[str]:
    return {
        f"{right.content_type.app_label}.{right.codename}"
        for right in Permission.objects.filter(group__name=role).select_related("content_type")
    }


def apply(operation: RunPython, *, backwards: bool = False) -> None:
    code: Any = operation.reverse_code if backwards else operation.code
    code(apps, SimpleNamespace(connection=connection))  # SQLite gives no editor in a transaction


@pytest.mark.parametrize("role", RECORD_ACTIONS)
def test_each_role_may_the_same_with_every_record_type(role: Role) -> None:
    for record_type in record_types():
        may = {
            action
            for action in ("view", "add", "change", "delete", "upload")
            if record_type.right(action) in rights_of(role)
        }
        assert may == RECORD_ACTIONS[role], record_type.name


def test_operators_see_the_whole_outbox_and_change_nothing_of_it() -> None:
    of_outbox = {right for right in rights_of(Role.OPERATOR) if right.startswith("outbox.")}
    assert of_outbox == {f"outbox.view_{model}" for model in OUTBOX}
    assert {
        model._meta.model_name for model in apps.get_app_config("outbox").get_models()
    } == OUTBOX


def test_nobody_but_operators_sees_the_outbox() -> None:
    for role in (Role.VIEWER, Role.EDITOR, Role.UPLOADER):
        assert not any(right.startswith("outbox.") for right in rights_of(role))


def test_no_role_manages_users_or_tokens() -> None:
    for role in Role:
        assert not {right.split(".")[0] for right in rights_of(role)} & {"auth", "accounts"}


def test_the_rights_are_those_that_django_makes() -> None:
    before = Permission.objects.count()
    call_command("migrate", verbosity=0)  # nothing to migrate; makes the rights that are missing
    assert Permission.objects.count() == before
    rights = Permission.objects.filter(content_type__app_label="customers")
    assert {right.name for right in rights} >= {"Can view customer", "Can upload customer"}


def test_granting_twice_is_granting_once() -> None:
    before = rights_of(Role.VIEWER)
    for _ in range(2):
        apply(grants("customers", "customer", {"viewer": ["view"]}))
    assert rights_of(Role.VIEWER) == before


def test_the_rows_of_rights_are_made_where_there_are_none_yet() -> None:
    ContentType.objects.get(app_label="customers", model="customer").delete()
    apply(grants("customers", "customer", {"viewer": ["view", "upload"]}))
    right = Permission.objects.get(codename="upload_customer")
    assert (right.name, right.content_type.model) == ("Can upload customer", "customer")
    assert "customers.upload_customer" in rights_of(Role.VIEWER)


def test_backwards_takes_what_was_granted_and_no_more() -> None:
    before = rights_of(Role.VIEWER)
    operation = grants("customers", "customer", {"viewer": ["view"]})
    apply(operation, backwards=True)
    assert rights_of(Role.VIEWER) == before - {"customers.view_customer"}


def test_a_role_that_an_administrator_removed_stays_away() -> None:
    Group.objects.get(name="viewer").delete()
    apply(grants("customers", "customer", {"viewer": ["view"], "editor": ["view"]}))
    assert not Group.objects.filter(name="viewer").exists()


def test_a_right_that_the_model_has_not_is_refused() -> None:
    with pytest.raises(UnknownRight, match=r"customers\.customer has no right 'fly_customer'"):
        apply(grants("customers", "customer", {"viewer": ["fly"]}))


def test_groups_are_made_once_and_unmade() -> None:
    for _ in range(2):
        apply(make_groups(["interns"]))
    assert Group.objects.filter(name="interns").count() == 1
    apply(make_groups(["interns"]), backwards=True)
    assert not Group.objects.filter(name="interns").exists()
