"""HEAD: what GET would say of the answer, and no body."""

from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory


@pytest.mark.parametrize("path", ["/livez", "/accounts/login/", "/api/v1/customers", "/nowhere"])
@pytest.mark.django_db
def test_no_body_is_sent(path: str) -> None:
    # Without the test client, which would take the body away itself.
    handler = WSGIHandler()
    got: Any = handler.get_response(RequestFactory().get(path))
    headed: Any = handler.get_response(RequestFactory().head(path))
    assert headed.status_code == got.status_code
    assert headed.content == b""
    assert int(headed["Content-Length"]) > 0 or got.content == b""
