"""Django's admin at /admin/: to look at everything, and to manage users, groups and tokens."""

from collections.abc import Iterable
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

#: Their pages let one run any function by name, and delete work that is queued.
LEFT_OUT = {"django_q"}


class Administration(AdminSite):
    """One way to log in, and one to change a password: those of the other pages."""

    site_header = site_title = "Records: administration"
    index_title = "To look at, and to manage users"

    def register(
        self,
        model_or_iterable: Any,
        admin_class: Any = None,
        **options: Any,
    ) -> None:
        given = (
            model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        )
        kept = [model for model in given if model._meta.app_label not in LEFT_OUT]
        super().register(kept, admin_class, **options)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Who is logged in and no staff is refused in words; Django's would ask them to log in."""
        # Django's would answer a PUT or DELETE as it does a GET.
        guarded = require_http_methods(["GET", "HEAD", "POST"])(super().admin_view(view, cacheable))

        @wraps(guarded)
        def in_words(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise PermissionDenied(
                    "Your account may not open the administration. It is for staff; an"
                    " administrator says who that is."
                )
            return guarded(request, *args, **kwargs)

        return in_words

    def get_urls(self) -> list[Any]:
        """Without the redirects to other pages of an object, which we have none of."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if request.user.is_authenticated:
            return self.admin_view(lambda _: redirect("admin:index"))(request)
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("accounts:password_change")
