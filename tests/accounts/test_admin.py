"""Django's admin: everything is looked at, nothing but users, groups and tokens is managed."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Model
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiToken
from customers.models import Customer
from outbox.models import Attempt, Lane, Message
from outbox.read_only_admin import MOST, FirstRows, ReadOnlyAdmin
from records.actions import create_record, delete_record
from records.context import EditContext
from records.errors import PastTheDoor
from records.models import Change
from records.registry import RecordType, record_type, record_types
from tests.accounts.access_objects import make_objects
from tests.people import browser_of, person

MANAGED = {User, Group, ApiToken}
READ_ONLY = sorted(set(admin.site._registry) - MANAGED, key=lambda model: model._meta.label)


@pytest.fixture
def admins_browser(db: None) -> Client:
    """Of a superuser: what they may not, nobody may."""
    return browser_of(person("admin", is_staff=True, is_superuser=True))


@pytest.fixture
def rows(db: None) -> dict[type[Model], Model]:
    """One of each model."""
    return make_objects(None).rows


def url(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def everything() -> list[list[dict[str, Any]]]:
    return [list(model._default_manager.order_by("pk").values()) for model in READ_ONLY]


def test_all_that_is_not_managed_is_read_only() -> None:
    for model, model_admin in admin.site._registry.items():
        assert model in MANAGED or isinstance(model_admin, ReadOnlyAdmin), model


def test_the_admin_shows_nothing_of_the_queue() -> None:
    assert not [model for model in admin.site._registry if model._meta.app_label == "django_q"]


@pytest.mark.parametrize("model", READ_ONLY)
def test_every_list_and_every_row_can_be_looked_at(
    admins_browser: Client, rows: dict[type[Model], Model], model: type[Model]
) -> None:
    row = rows[model]
    assert str(row.pk) in admins_browser.get(url(model, "changelist")).content.decode()
    page = admins_browser.get(url(model, "change", row.pk))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content


@pytest.mark.parametrize("model", READ_ONLY)
def test_nothing_that_is_looked_at_can_be_changed(
    admins_browser: Client, rows: dict[type[Model], Model], model: type[Model]
) -> None:
    before, row = everything(), rows[model]
    sent = {
        **{name: str(value) for name, value in vars(row).items()},
        "name": "Hacked",
        "_save": "Save",
        "post": "yes",
    }
    for page, args in (("add", []), ("change", [row.pk]), ("delete", [row.pk])):
        assert admins_browser.post(url(model, page, *args), sent).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
    admins_browser.post(url(model, "changelist"), chosen)
    assert everything() == before


@pytest.mark.parametrize("record_type", record_types(), ids=lambda kind: kind.name)
def test_an_admin_that_forgot_to_be_read_only_would_meet_the_write_door(
    rows: dict[type[Model], Model], rf: RequestFactory, record_type: RecordType
) -> None:
    model, request = record_type.model, rf.post("/")
    careless = admin.ModelAdmin(model, admin.AdminSite())
    row: Any = rows[model]
    form = careless.get_form(request)()
    with pytest.raises(PastTheDoor):
        careless.save_model(request, row, form, change=True)
    with pytest.raises(PastTheDoor):
        careless.delete_model(request, row)
    with pytest.raises(PastTheDoor):
        careless.delete_queryset(request, model._default_manager.all())


@pytest.mark.parametrize("model", READ_ONLY)
def test_a_list_asks_no_more_the_longer_it_is(
    admins_browser: Client, rows: dict[type[Model], Model], alice: EditContext, model: type[Model]
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            admins_browser.get(url(model, "changelist"))
        return len(asked)

    queries()  # fills caches
    before = queries()
    for n in range(5):
        edit = create_record(
            record_type("customer"), {"number": f"N-{n}", "name": "N"}, context=alice
        )
        now = timezone.now()
        Attempt.objects.create(message=edit.messages[0], number=1, started_at=now, outcome="retry")
    assert queries() == before


def test_a_count_stops_where_nobody_reads_on(rows: dict[type[Model], Model]) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert FirstRows(Customer.objects.all(), 50).count == 1
    assert f"LIMIT {MOST}" in asked[0]["sql"]


@pytest.mark.parametrize(
    ("model", "term"),
    [
        (Customer, "C-"),
        (Change, "customer C-1"),
        (Lane, "customer C-1"),
        (Message, "customer C-1"),
        (Attempt, "customer C-1"),
    ],
)
def test_a_search_finds_the_rows_of_a_record(
    admins_browser: Client, rows: dict[type[Model], Model], model: type[Model], term: str
) -> None:
    found = admins_browser.get(url(model, "changelist"), {"q": term})
    assert [row.pk for row in found.context["cl"].result_list] == [rows[model].pk]
    other = admins_browser.get(url(model, "changelist"), {"q": "customer C-2"})
    assert list(other.context["cl"].result_list) == []


@pytest.mark.parametrize("model", [Message, Attempt])
def test_a_search_finds_the_rows_of_a_message(
    admins_browser: Client, rows: dict[type[Model], Model], model: type[Model]
) -> None:
    found = admins_browser.get(url(model, "changelist"), {"q": str(rows[Message].pk)})
    assert [row.pk for row in found.context["cl"].result_list] == [rows[model].pk]


@pytest.mark.parametrize("term", ["'", "%", "customer", "customer  ", "\u0000", "x" * 5000, "–"])
@pytest.mark.parametrize("model", [Customer, Change, Lane, Message, Attempt, ApiToken, User])
def test_a_search_for_anything_is_answered(
    admins_browser: Client, model: type[Model], term: str
) -> None:
    answer = admins_browser.get(url(model, "changelist"), {"q": term}, follow=True)
    assert answer.status_code == 200


def test_json_is_shown_over_several_lines(
    admins_browser: Client, rows: dict[type[Model], Model]
) -> None:
    page = admins_browser.get(url(Message, "change", rows[Message].pk)).content.decode()
    assert "<pre>{\n  &quot;" in page


def test_a_value_with_markup_is_text(admins_browser: Client, alice: EditContext, db: None) -> None:
    values = {"number": "X-1", "name": "<script>alert(1)</script>"}
    edit = create_record(record_type("customer"), values, context=alice)
    for model, pk in ((Customer, edit.record.pk), (Message, edit.messages[0].pk)):
        assert "<script>alert" not in admins_browser.get(url(model, "change", pk)).content.decode()


def test_the_digest_of_a_token_is_on_no_page(
    admins_browser: Client, rows: dict[type[Model], Model]
) -> None:
    token = rows[ApiToken]
    assert isinstance(token, ApiToken)
    for page, args in (
        ("changelist", []),
        ("change", [token.pk]),
        ("delete", [token.pk]),
        ("history", [token.pk]),
    ):
        assert token.digest not in admins_browser.get(url(ApiToken, page, *args)).content.decode()


def test_a_token_is_revoked_but_not_made_or_changed(
    admins_browser: Client, rows: dict[type[Model], Model]
) -> None:
    token = rows[ApiToken]
    assert admins_browser.get(url(ApiToken, "add")).status_code == 403
    changed = {"name": "other", "user": "1", "expiry_0": "2099-01-01", "expiry_1": "00:00"}
    assert admins_browser.post(url(ApiToken, "change", token.pk), changed).status_code == 403
    admins_browser.post(url(ApiToken, "delete", token.pk), {"post": "yes"})
    assert not ApiToken.objects.exists()


def test_users_get_their_roles_there(admins_browser: Client) -> None:
    erin, viewer = person("erin"), Group.objects.get(name="viewer")
    sent = {
        "username": "erin",
        "groups": [viewer.pk],
        "is_active": "on",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
    }
    admins_browser.post(url(User, "change", erin.pk), sent)
    assert list(erin.groups.all()) == [viewer]


def test_one_logs_in_where_everybody_does(client: Client, db: None) -> None:
    asked = client.get("/admin/outbox/message/?state=dead", follow=True)
    assert asked.redirect_chain[-1][0] == (
        "/accounts/login/?next=/admin/outbox/message/%3Fstate%3Ddead"
    )


def test_who_is_no_staff_is_told_so(client: Client, db: None) -> None:
    browser = browser_of(person("carol", "viewer"))
    page = browser.get("/admin/", follow=True)
    assert page.status_code == 403
    assert "It is for staff" in page.content.decode()


def test_staff_sees_what_the_role_says(client: Client, db: None) -> None:
    index = browser_of(person("vera", "viewer", is_staff=True)).get("/admin/").content.decode()
    assert "/admin/customers/customer/" in index
    assert "/admin/outbox/message/" not in index


def test_a_deleted_record_is_still_in_the_change_log(
    admins_browser: Client, alice: EditContext
) -> None:
    create_record(record_type("customer"), {"number": "X-1", "name": "X"}, context=alice)
    delete_record(record_type("customer"), "X-1", context=alice)
    found = admins_browser.get(url(Change, "changelist"), {"q": "customer X-1"})
    assert [change.kind for change in found.context["cl"].result_list] == ["delete", "create"]
