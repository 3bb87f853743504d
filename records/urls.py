"""The addresses of a record type's pages, to be included under its namespace."""

from django.urls import URLPattern, path

from records import views
from records.pages import RecordPages


def record_urls(pages: RecordPages) -> list[URLPattern]:
    given = {"pages": pages}
    return [
        path("", views.list_records, given, name="list"),
        path("badges/", views.show_badges, given, name="badges"),
        path("new/", views.create, given, name="new"),
        path("<uuid:pk>/", views.show_record, given, name="detail"),
        path("<uuid:pk>/edit/", views.edit, given, name="edit"),
        path("<uuid:pk>/delete/", views.delete, given, name="delete"),
        path("<uuid:pk>/badge/", views.show_badge, given, name="badge"),
        path("<uuid:pk>/timeline/", views.show_timeline, given, name="timeline"),
    ]
