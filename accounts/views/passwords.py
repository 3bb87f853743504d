"""Changing one's password, and getting a new one by e-mail when it is forgotten."""

from django import forms
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordChangeForm, PasswordResetForm
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.mailing import send_soon

FORM = method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")


@FORM
class ChangePassword(views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, "Your password is changed. Other sessions are ended.")
        return super().form_valid(form)


class ResetForm(PasswordResetForm):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def send_mail(self, *args: object, **kwargs: object) -> None:
        """Nobody waits for the mail server: who waits learns that there is such an account."""
        send_soon(lambda: super(ResetForm, self).send_mail(*args, **kwargs))  # type: ignore[arg-type]


@FORM
class AskForReset(views.PasswordResetView):
    form_class = ResetForm
    template_name = "accounts/password_reset.html"
    email_template_name = "accounts/password_reset_email.txt"
    subject_template_name = "accounts/password_reset_subject.txt"
    success_url = reverse_lazy("accounts:password_reset_done")


class ResetAsked(views.PasswordResetDoneView):
    template_name = "accounts/password_reset_done.html"


@FORM
@method_decorator(never_cache, name="dispatch")
class ChooseNewPassword(views.PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:password_reset_complete")


class NewPasswordChosen(views.PasswordResetCompleteView):
    template_name = "accounts/password_reset_complete.html"
