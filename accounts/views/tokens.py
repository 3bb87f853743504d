"""One's own API tokens: listed, made, revoked. A token is shown by the answer that made it only."""

from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.forms import TokenForm
from accounts.models import ApiToken


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return _create(request, form)
    own = ApiToken.objects.filter(user=request.user).order_by("-created")
    return render(request, "accounts/tokens.html", {"form": form, "tokens": own})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_token(request: HttpRequest, pk: UUID) -> HttpResponse:
    """404 for another's token, as for one that is not there."""
    token = get_object_or_404(ApiToken, pk=pk, user=request.user)
    if request.method != "POST":
        return render(request, "accounts/token_revoke.html", {"token": token})
    token.delete()
    messages.success(request, f"Revoked: {token.name}. No program can use it from now on.")
    return redirect("accounts:tokens")


@sensitive_variables("secret")
def _create(request: HttpRequest, form: TokenForm) -> HttpResponse:
    """The answer holds the token, so it is no redirect: a redirect would have to keep it somewhere.

    Reloaded, the page sends the same form again, which finds its token made and makes no other.
    """
    try:
        with transaction.atomic():
            token, secret = ApiToken.objects.create(  # type: ignore[no-untyped-call]
                id=form.cleaned_data["submission"],
                user=request.user,
                name=form.cleaned_data["name"],
                expiry=form.lifetime,
            )
    except IntegrityError:
        messages.warning(
            request,
            "This token was made before, and a token is shown once only. "
            "If you did not keep it, revoke it and make another.",
        )
        return redirect("accounts:tokens")
    context = {
        "token": token,
        "secret": secret,
        "example_url": request.build_absolute_uri(f"{reverse('home')}api/v1/customers"),
    }
    return render(request, "accounts/token_created.html", context, status=201)
