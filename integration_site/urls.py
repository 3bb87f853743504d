from django.contrib import admin
from django.urls import include, path

from integration_site.health import livez, readyz
from integration_site.navigation import home

urlpatterns = [
    path("", home, name="home"),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("integration_site.api_urls")),
    path("customers/", include("customers.urls")),
    path("products/", include("products.urls")),
    path("uploads/", include("uploads.urls")),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
]

handler400 = "api.error_pages.bad_request"
handler403 = "api.error_pages.permission_denied"
handler404 = "api.error_pages.page_not_found"
handler500 = "integration_site.unavailable.server_error"
