from customers.models import Customer
from records.forms import RecordForm

SECTIONS = {
    "Customer": ("number", "name", "status", "tax_id"),
    "Contact": ("contact_person", "email", "phone"),
    "Address": ("street", "city", "postal_code", "region", "country"),
    "Business": ("currency", "credit_limit", "notes"),
}


class CustomerForm(RecordForm[Customer]):
    sections = SECTIONS
    money = frozenset({"credit_limit"})

    class Meta:
        model = Customer
        fields = [name for names in SECTIONS.values() for name in names]
        help_texts = {
            "number": "Cannot be changed once it is saved: the ERP knows the customer by it.",
            "phone": "Read as dialled in the customer's country, such as 030 12345 in Germany.",
        }
