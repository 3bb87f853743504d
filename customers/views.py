from customers.forms import CustomerForm
from customers.models import Customer
from records.pages import Column, RecordPages

PAGES = RecordPages(
    namespace="customers",
    model=Customer,
    form=CustomerForm,
    columns=(
        Column(name="number", heading="Number"),
        Column(name="name", heading="Name"),
        Column(name="city", heading="City"),
        Column(name="country", heading="Country"),
        Column(name="email", heading="E-mail"),
        Column(name="status", heading="Status"),
    ),
    searched=(
        "number",
        "name",
        "contact_person",
        "email",
        "phone",
        "city",
        "postal_code",
        "tax_id",
    ),
)
