"""Roles are Django groups. Migrations make them and grant what they may; administrators go on.

A migration runs once, so what an administrator changes afterwards stays. A new model that people
have rights on brings a migration like this one (a record type: copy `customers/migrations/`
`0003_roles.py`), which depends on the migration that made the model and on accounts' first:

    dependencies = [("shops", "0001_initial"), ("accounts", "0001_initial")]
    operations = [
        grants(
            "shops",
            "shop",
            {
                "viewer": ["view"],
                "editor": ["view", "add", "change", "delete"],
                "uploader": ["view", "upload"],
                "operator": ["view"],
            },
        )
    ]

The rights are written out there, not named here: a migration says the same for ever.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from django.contrib.auth import get_permission_codename
from django.db.migrations import RunPython


class Role(StrEnum):
    """The names of the groups."""

    VIEWER = "viewer"
    EDITOR = "editor"
    UPLOADER = "uploader"
    OPERATOR = "operator"


class UnknownRight(LookupError):
    """A migration grants a right that the model does not have."""


def grants(app_label: str, model_name: str, rights: Mapping[str, Iterable[str]]) -> RunPython:
    """The operation of a migration that gives roles rights on a model, and backwards takes them.

    `rights` is role → actions, each one of the model's `default_permissions` ("view", "add",
    "change", "delete", and "upload" of records). A role that an administrator has removed is left
    alone. Raises UnknownRight while migrating.
    """

    def grant(apps: Any, schema_editor: Any) -> None:
        database = schema_editor.connection.alias
        for group, codenames in _granted(apps, database, rights, model_name):
            group.permissions.add(*_permissions(apps, database, app_label, model_name, codenames))

    def take(apps: Any, schema_editor: Any) -> None:
        database = schema_editor.connection.alias
        for group, codenames in _granted(apps, database, rights, model_name):
            group.permissions.remove(
                *group.permissions.filter(content_type__app_label=app_label, codename__in=codenames)
            )

    return RunPython(grant, take)


def make_groups(names: Iterable[str]) -> RunPython:
    """The operation that makes groups of these names, and backwards deletes them."""
    names = list(names)

    def make(apps: Any, schema_editor: Any) -> None:
        groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
        for name in names:
            groups.get_or_create(name=name)

    def unmake(apps: Any, schema_editor: Any) -> None:
        groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
        groups.filter(name__in=names).delete()

    return RunPython(make, unmake)


def _granted(
    apps: Any, database: str, rights: Mapping[str, Iterable[str]], model_name: str
) -> Iterable[tuple[Any, list[str]]]:
    """Group → codenames, for the groups there are."""
    for group in apps.get_model("auth", "Group").objects.using(database).filter(name__in=rights):
        yield group, [f"{action}_{model_name}" for action in rights[group.name]]


def _permissions(
    apps: Any, database: str, app_label: str, model_name: str, codenames: Iterable[str]
) -> list[Any]:
    """The rows, made where Django has not made them yet: it does so after all migrations.

    They are as Django would make them, so that it finds them and makes no others.
    """
    options = apps.get_model(app_label, model_name)._meta
    names = {
        get_permission_codename(action, options): f"Can {action} {options.verbose_name_raw}"
        for action in options.default_permissions
    } | dict(options.permissions)
    content_type, _ = (
        apps.get_model("contenttypes", "ContentType")
        .objects.using(database)
        .get_or_create(app_label=app_label, model=model_name)
    )
    permissions = apps.get_model("auth", "Permission").objects.using(database)
    found = []
    for codename in codenames:
        if codename not in names:
            raise UnknownRight(
                f"{app_label}.{model_name} has no right {codename!r}; it has: {', '.join(names)}."
            )
        permission, _ = permissions.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": names[codename]}
        )
        found.append(permission)
    return found
