from django.urls import include, path
from django.views.generic import RedirectView

from integration_site.health import livez, readyz

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="customers:list"), name="home"),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
]
