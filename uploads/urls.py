from django.urls import path

from uploads import views

app_name = "uploads"
urlpatterns = [
    path("", views.show_history, name="history"),
    path("new/", views.receive_file, name="new"),
    path("template/<slug:name>/", views.download_template, name="template"),
    path("<int:pk>/", views.show_upload, name="detail"),
    path("<int:pk>/progress/", views.show_progress, name="progress"),
    path("<int:pk>/check/", views.check_anew, name="check"),
    path("<int:pk>/confirm/", views.confirm, name="confirm"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("<int:pk>/not-saved/", views.download_not_saved, name="not_saved"),
]
