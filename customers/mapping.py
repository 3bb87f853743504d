from customers.models import Customer, Status
from records.mapping import REMOTE, Field, Group, Mapping


class CustomerToErp(Mapping[Customer]):
    class Meta:
        record = Customer
        destination = "erp"
        remote = "customers"
        version = 1

    number = Field("customer_no", key=True, max_length=50)
    name = Field("display_name", required=True, max_length=200)
    contact_person = Field("contact_name", max_length=200)
    email = Field("email", max_length=254)
    phone = Field("phone", max_length=50)
    address = Group("street", "city", "region", "postal_code", "country", remote="address")
    tax_id = Field("vat_id", max_length=50)
    currency = Field("currency")
    status = Field("state", values={Status.ACTIVE: "A", Status.ON_HOLD: "H", Status.CLOSED: "C"})
    notes = Field("remarks", max_length=5000)
    credit_limit = Field("credit_limit", owner=REMOTE)
