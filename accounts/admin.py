"""API tokens in Django's admin: seen and revoked. Users and groups come with Django."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import ApiToken


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[Any]):
    """Deleting revokes. A token is made by the person whose it is, who alone sees it."""

    fields = ("name", "user", "token_key", "created", "expiry")
    list_display = ("name", "user", "token_key", "created", "expiry")
    list_select_related = ("user",)
    ordering = ("-created",)
    search_fields = ("=user__username", "name__startswith", "token_key__startswith")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
