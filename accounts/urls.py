from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.LogIn.as_view(), name="login"),
    path("logout/", views.LogOut.as_view(), name="logout"),
    path("password/", views.ChangePassword.as_view(), name="password_change"),
    path("password/reset/", views.AskForReset.as_view(), name="password_reset"),
    path("password/reset/done/", views.ResetAsked.as_view(), name="password_reset_done"),
    path(
        "password/reset/<uidb64>/<token>/",
        views.ChooseNewPassword.as_view(),
        name="password_reset_confirm",
    ),
    path(
        "password/reset/complete/",
        views.NewPasswordChosen.as_view(),
        name="password_reset_complete",
    ),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<uuid:pk>/revoke/", views.revoke_token, name="revoke_token"),
]
