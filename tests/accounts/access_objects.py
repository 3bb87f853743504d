"""The objects that the addresses of the access table need, and which address needs which."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.utils import timezone

from accounts.models import ApiToken
from customers.models import Customer
from outbox.models import (
    Attempt,
    DestinationState,
    Drain,
    WakeRequest,
    Worker,
)
from products.models import Product
from records.actions import create_record
from records.context import EditContext, Source
from records.models import Change
from records.registry import record_type
from uploads.models import Upload


@dataclass(frozen=True, kw_only=True)
class Objects:
    """One row of each table."""

    customer: Customer
    product: Product
    rows: dict[type[Model], Model]

    def of_admin(self, name: str) -> Model:
        """The row that `admin:<app>_<model>_change` and the like are asked for."""
        app_label, model_name = name.removeprefix("admin:").split("_")[:2]
        return self.rows[apps.get_model(app_label, model_name)]


def make_objects(visitor: User | None) -> Objects:
    """`visitor` is who asks: some addresses know one's own objects only."""
    context = EditContext(actor="zoe", source=Source.FORM)
    edits = [
        create_record(record_type("customer"), {"number": "C-1", "name": "Acme"}, context=context),
        create_record(record_type("product"), {"sku": "B-1", "name": "Bolt"}, context=context),
    ]
    message, now = edits[0].messages[0], timezone.now()
    token, _ = ApiToken.objects.create(  # type: ignore[no-untyped-call]
        user=visitor or User.objects.create_user("zoe"), name="nightly"
    )
    rows: list[Model] = [
        *(edit.record for edit in edits),
        token,
        message,
        message.lane,
        Attempt.objects.create(message=message, number=1, started_at=now, outcome="retry"),
        DestinationState.objects.get_or_create(destination="erp")[0],
        WakeRequest.objects.get_or_create(destination="erp")[0],
        Worker.objects.create(host="web1", pid=1, started_at=now, seen_at=now),
        Drain.objects.create(destination="erp", pid=1, started_at=now, beat_at=now),
        Change.objects.get(record_id=edits[0].record.pk),
        Upload.objects.create(
            record_type="customer",
            file_name="customers.csv",
            uploaded_by=visitor,
            actor="zoe",
            source=Source.FORM,
            created_at=now,
        ),
        User.objects.create_user("yann"),
        Group.objects.create(name="interns"),
    ]
    customer, product = rows[0], rows[1]
    assert isinstance(customer, Customer)
    assert isinstance(product, Product)
    return Objects(customer=customer, product=product, rows={type(row): row for row in rows})


#: Where no address can be made from the route.
ADDRESSES = {"api:nowhere": "/api/v1/nonsense"}

#: Route (or the beginning of some, with `*`) → the parts of its address.
PARTS: dict[str, Callable[[Objects, str], dict[str, Any]]] = {
    "customers:*": lambda objects, _: {"pk": objects.customer.pk},
    "products:*": lambda objects, _: {"pk": objects.product.pk},
    "accounts:revoke_token": lambda objects, _: {"pk": objects.rows[ApiToken].pk},
    "accounts:password_reset_confirm": lambda *_: {"uidb64": "MQ", "token": "abc-def"},
    "admin:app_list": lambda *_: {"app_label": "outbox"},
    "admin:auth_user_password_change": lambda objects, name: {"id": objects.of_admin(name).pk},
    "admin:*": lambda objects, name: {"object_id": objects.of_admin(name).pk},
    "admin/(?P<url>*": lambda *_: {"url": "nonsense"},
    "api:customers-*": lambda *_: {"key": "C-1"},
    "api:products-*": lambda *_: {"key": "B-1"},
    "uploads:template": lambda *_: {"name": "customer"},
    "uploads:*": lambda objects, _: {"pk": objects.rows[Upload].pk},
    "admin/*": lambda objects, path: {
        "object_id": objects.of_admin("_".join(path.split("/")[1:3])).pk
    },
}
