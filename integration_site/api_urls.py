"""The REST API: a record type adds its viewset here."""

from django.urls import include, path, re_path

from api.docs import Docs, Problems, Reference
from api.views import Description, Index, Nowhere
from customers.api import CustomerViewSet
from products.api import ProductViewSet
from records.api import record_api_urls

VIEWSETS = (CustomerViewSet, ProductViewSet)

app_name = "api"
collections = {view.pages.namespace: f"api:{view.pages.namespace}-list" for view in VIEWSETS}
version_1 = [
    path("", Index.as_view(collections=collections), name="index"),
    path("openapi.json", Description.as_view(), name="openapi"),
    *(route for viewset in VIEWSETS for route in record_api_urls(viewset)),
]
urlpatterns = [
    path("docs/", Docs.as_view(), name="docs"),
    path("docs/problems", Problems.as_view(), name="problems"),
    path("docs/reference/", Reference.as_view(), name="reference"),
    path("v1/", include(version_1)),
    re_path("^(?!docs|v1$)", Nowhere.as_view(), name="nowhere"),  # those get their slash
]
