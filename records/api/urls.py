"""The addresses of a record type in the API, to be included in the namespace `api`."""

from django.urls import URLPattern, path

from records.api.viewset import RecordViewSet


def record_api_urls(viewset: type[RecordViewSet]) -> list[URLPattern]:
    name = viewset.pages.namespace
    return [
        path(name, viewset.as_view({"get": "list_records", "post": "create"}), name=f"{name}-list"),
        path(
            f"{name}/<str:key>",
            viewset.as_view(
                {
                    "get": "retrieve",
                    "put": "replace",
                    "patch": "partial_update",
                    "delete": "destroy",
                }
            ),
            name=f"{name}-detail",
        ),
        path(f"{name}/<str:key>/sync", viewset.as_view({"get": "sync"}), name=f"{name}-sync"),
    ]
