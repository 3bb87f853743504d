"""Nobody sees a page, or a part of one, before they have logged in."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

NOBODY = UUID(int=0)
OPEN = {"accounts:login", "accounts:logout", "livez", "readyz"}


def named_urls(
    patterns: list[URLPattern | URLResolver], namespace: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from named_urls(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name}", pattern


def closed_urls() -> list[str]:
    found = []
    for name, pattern in named_urls(get_resolver().url_patterns):
        if name not in OPEN:
            arguments = [NOBODY for _ in pattern.pattern.converters]
            found.append(reverse(name, args=arguments))
    return found


@pytest.mark.parametrize("url", closed_urls())
def test_an_anonymous_visitor_is_sent_to_the_login_page(client: Client, url: str) -> None:
    for answer in (client.get(url), client.post(url)):
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("accounts:login"))


def test_there_are_pages_to_close() -> None:
    assert len(closed_urls()) >= 17


@pytest.mark.parametrize("part", ["list", "new", "detail", "edit", "delete", "badge", "timeline"])
@pytest.mark.parametrize("namespace", ["customers", "products"])
def test_each_record_type_has_its_pages(namespace: str, part: str) -> None:
    arguments = [] if part in {"list", "new"} else [NOBODY]
    assert reverse(f"{namespace}:{part}", args=arguments).startswith(f"/{namespace}/")


def test_the_start_leads_to_the_customers(alices_browser: Client) -> None:
    assert alices_browser.get("/")["Location"] == reverse("customers:list")
