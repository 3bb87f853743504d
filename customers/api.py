from customers.serializers import CustomerSerializer
from customers.views import PAGES
from records.api import RecordViewSet


class CustomerViewSet(RecordViewSet):
    pages = PAGES
    serializer_class = CustomerSerializer
    example = {"number": "C-1001", "name": "Acme GmbH", "country": "DE", "city": "Berlin"}
