from customers.models import Customer
from records.api import RecordSerializer


class CustomerSerializer(RecordSerializer[Customer]):
    class Meta:
        model = Customer
