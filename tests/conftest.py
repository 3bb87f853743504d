"""Fixtures for everybody: people, record types, a remote in memory, a database that answers."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import Browser, sync_playwright

from outbox import wake
from outbox.connectors.memory import MemoryConnector, MemoryRemote
from outbox.streaks import forget_streaks
from records.context import EditContext, Source
from records.registry import RecordType, record_type
from tests.people import keep_roles


def _missing_server() -> str | None:
    """Which server this run was asked to use and cannot reach."""
    database = settings.DATABASES["default"]
    if "postgresql" in database["ENGINE"]:
        try:
            psycopg.connect(
                host=database["HOST"] or None,
                port=database["PORT"] or None,
                user=database["USER"] or None,
                password=database["PASSWORD"] or None,
                dbname="postgres",
                connect_timeout=3,
            ).close()
        except psycopg.OperationalError as error:
            return f"PostgreSQL does not answer: {error}".strip()
    if settings.REDIS_URL:
        import redis

        try:
            redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3).ping()
        except redis.RedisError as error:
            return f"Redis does not answer: {error}"
    return None


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput") or not os.environ.get("REQUIRE_SERVERS"):
        return  # one process says it for all
    if missing := _missing_server():
        pytest.exit(f"{missing} (REQUIRE_SERVERS is set)", returncode=3)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = _missing_server()
    if missing is None:
        return
    for item in items:
        item.add_marker(pytest.mark.skip(reason=missing))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Roles come by migrations; a test that empties all tables takes them from those after it."""
    with django_db_blocker.unblock():
        keep_roles()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; tests that need it skip where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("Chromium is not installed (REQUIRE_BROWSER is set)")
        pytest.skip("Chromium is not installed")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, in which Django would refuse to work.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _fresh_wake_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test inherits another's quiet time after a broker failed."""
    monkeypatch.setattr(wake, "_quiet_until", 0.0)


@pytest.fixture(autouse=True)
def _fresh_streaks() -> None:
    """No test inherits what another's destination answered last."""
    forget_streaks()


@pytest.fixture
def alice() -> EditContext:
    return EditContext(actor="alice", source=Source.FORM, reference="request-1")


@pytest.fixture
def bob() -> EditContext:
    return EditContext(actor="bob", source=Source.FORM, reference="request-2")


@pytest.fixture
def customers() -> RecordType:
    return record_type("customer")


@pytest.fixture
def products() -> RecordType:
    return record_type("product")


@pytest.fixture
def erp() -> Iterator[MemoryRemote]:
    """The remote in memory that the destination `erp` speaks to."""
    MemoryConnector.forget_all()
    yield MemoryConnector.remote_of("erp")
    MemoryConnector.forget_all()
