"""A form that is too large is answered as its address answers: by a page, or by a problem."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from tests.api.conftest import kind, token_of

pytestmark = pytest.mark.django_db

ADDRESSES = ["/api/v1/customers/", "/api/v1/nowhere/"]


@pytest.fixture(autouse=True)
def little(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000


def post_file(client: Client, path: str, **headers: str) -> Any:
    file = SimpleUploadedFile("many.csv", b"x" * 2000)
    return client.post(path, {"file": file}, headers=headers)


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_program_with_a_token_is_told_by_a_problem(
    client: Client, ursula: Any, path: str
) -> None:
    answer = post_file(client, path, authorization=f"Bearer {token_of(ursula)}")
    assert (answer.status_code, kind(answer)) == (413, "too-large")
    assert answer["Connection"] == "close"


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_browser_is_told_by_a_problem_too(ursulas_browser: Client, path: str) -> None:
    answer = post_file(ursulas_browser, path)
    assert (answer.status_code, kind(answer)) == (413, "too-large")
