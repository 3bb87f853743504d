"""People with roles, and their browsers."""

from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db.models.signals import post_migrate
from django.test import Client


def person(name: str, *roles: str, **values: Any) -> User:
    """A user with these roles: "viewer", "editor", "uploader", "operator"."""
    user: User = User.objects.create_user(name, **values)
    user.groups.set([Group.objects.get(name=role) for role in roles])
    return user


def browser_of(user: User) -> Client:
    """A browser in which the user is logged in."""
    client = Client()
    client.force_login(user)
    return client


def keep_roles() -> None:
    """Remember the roles as the migrations made them, and make them again after a flush."""
    remembered = list(
        Group.objects.values_list(
            "name", "permissions__content_type__app_label", "permissions__codename"
        )
    )

    def make_again(sender: Any, **kwargs: Any) -> None:
        for name, app_label, codename in remembered:
            if app_label == sender.label:
                group, _ = Group.objects.get_or_create(name=name)
                group.permissions.add(
                    Permission.objects.get(content_type__app_label=app_label, codename=codename)
                )

    post_migrate.connect(make_again, weak=False)  # Django, connected before, has made the rights
