from django.urls import include, path
from django.views.generic import RedirectView

from integration_site.health import livez, readyz

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="customers:list"), name="home"),
    path("accounts/", include("accounts.urls")),
    path("customers/", include("customers.urls")),
    path("products/", include("products.urls")),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
]

handler500 = "integration_site.unavailable.server_error"
