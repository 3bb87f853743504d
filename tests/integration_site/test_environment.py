"""The environment: a wrong setting stops the start, with its name and what it should be."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from integration_site.environment import Environment
from integration_site.redis_broker import redis_options

GOOD = {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "for-tests-only",
    "ERP_URL": "http://127.0.0.1:9/api",
    "ERP_TOKEN": "test-token",
}


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    """An environment without an .env file."""
    return Environment(tmp_path / "no-such-file")


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets THING."""
    monkeypatch.delenv("THING", raising=False)
    return lambda value: monkeypatch.setenv("THING", value)


Given = Callable[[str], None]


# Text


def test_a_text_is_taken_as_it_is(env: Environment, given: Given) -> None:
    given(" a b ")

    assert env.text("THING") == " a b "


@pytest.mark.parametrize("value", ["$ecret", "$$", r"\$x", "${HOME}", "a#b'c\"d"])
def test_a_secret_may_hold_any_sign(value: str, env: Environment, given: Given) -> None:
    given(value)

    assert env.text("THING") == value


def test_a_text_that_is_not_set_is_missing(env: Environment, given: Given) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"THING is not set"):
        env.text("THING")


def test_a_text_that_is_empty_is_missing(env: Environment, given: Given) -> None:
    given("")

    with pytest.raises(ImproperlyConfigured, match=r"THING is not set"):
        env.text("THING")


@pytest.mark.parametrize("value", [None, ""])
def test_a_text_that_is_not_set_has_its_default(
    value: str | None, env: Environment, given: Given
) -> None:
    if value is not None:
        given(value)

    assert env.text("THING", "ERP") == "ERP"


def test_one_of_several_words_is_taken_in_any_case(env: Environment, given: Given) -> None:
    given("warning")

    assert env.choice("THING", "INFO", among=("INFO", "WARNING")) == "WARNING"


def test_a_word_that_is_not_among_them_is_refused(env: Environment, given: Given) -> None:
    given("loud")

    with pytest.raises(
        ImproperlyConfigured, match=r"THING is 'loud'; it should be INFO or WARNING"
    ):
        env.choice("THING", "INFO", among=("INFO", "WARNING"))


def test_words_are_separated_by_commas(env: Environment, given: Given) -> None:
    given("a.example, b.example,,")

    assert env.words("THING", []) == ["a.example", "b.example"]


@pytest.mark.parametrize("value", ["", "at once", "every 15 minutes", "22:00 to 05:00"])
def test_a_window_is_kept_as_it_is_written(value: str, env: Environment, given: Given) -> None:
    given(value)

    assert env.window("THING", "at once") == (value or "at once")


@pytest.mark.parametrize("value", ["daily", "every 0 minutes", "22:00", "5 to 7"])
def test_a_window_that_is_none_is_refused(value: str, env: Environment, given: Given) -> None:
    given(value)

    with pytest.raises(ImproperlyConfigured, match=r"^THING is .* should be “at once”, “every 15"):
        env.window("THING", "at once")


# Flags and numbers


@pytest.mark.parametrize(
    ("value", "meant"),
    [("true", True), ("YES", True), ("1", True), ("off", False), ("False", False), ("", True)],
)
def test_a_flag_is_read(value: str, meant: bool, env: Environment, given: Given) -> None:
    given(value)

    assert env.flag("THING", default=True) is meant


@pytest.mark.parametrize("value", ["maybe", "2", "tru"])
def test_a_flag_that_is_neither_is_refused(value: str, env: Environment, given: Given) -> None:
    given(value)

    with pytest.raises(ImproperlyConfigured, match=r"^THING is .* should be true or false"):
        env.flag("THING", default=True)


@pytest.mark.parametrize("value", ["fast", "0", "10.5", "nan", "inf", "1,5"])
def test_a_number_out_of_bounds_is_refused(value: str, env: Environment, given: Given) -> None:
    given(value)

    with pytest.raises(
        ImproperlyConfigured, match=r"^THING is .* should be a number from 0.5 to 10"
    ):
        env.number("THING", 1, least=0.5, most=10)


@pytest.mark.parametrize("value", ["0.5", "10", ""])
def test_a_number_within_bounds_is_taken(value: str, env: Environment, given: Given) -> None:
    given(value)

    assert env.number("THING", 1, least=0.5, most=10) == float(value or 1)


@pytest.mark.parametrize("value", ["many", "0", "65", "2.5"])
def test_a_whole_number_out_of_bounds_is_refused(
    value: str, env: Environment, given: Given
) -> None:
    given(value)

    with pytest.raises(
        ImproperlyConfigured, match=r"^THING is .* should be a whole number from 1 to 64"
    ):
        env.whole("THING", 2, least=1, most=64)


# Addresses


@pytest.mark.parametrize(
    "value",
    ["erp.example", "ftp://erp.example", "http://", "http:///api", "http://erp:x/", "http://[::1",
     "http://erp:0/", "http://erp example/", "//erp.example"],
)  # fmt: skip
def test_a_wrong_url_is_refused(value: str, env: Environment, given: Given) -> None:
    given(value)

    with pytest.raises(ImproperlyConfigured, match=r"^THING should be a URL such as http://host"):
        env.url("THING", schemes=("http", "https"))


@pytest.mark.parametrize("value", ["https://erp.example/api", "http://[::1]:8800", "http://a:9/"])
def test_a_right_url_is_taken(value: str, env: Environment, given: Given) -> None:
    given(value)

    assert env.url("THING", schemes=("http", "https")) == value


@pytest.mark.parametrize("value", ["http//alice:hunter2@erp", "http://alice:hunter2@erp:x/"])
def test_a_wrong_url_is_not_repeated(value: str, env: Environment, given: Given) -> None:
    given(value)

    with pytest.raises(ImproperlyConfigured) as refused:
        env.url("THING", schemes=("http", "https"))
    assert "hunter2" not in str(refused.value)


def test_a_url_may_name_a_socket(env: Environment, given: Given) -> None:
    given("unix:///run/redis.sock")

    assert env.url("THING", schemes=("redis", "unix")) == "unix:///run/redis.sock"


def test_a_url_of_a_socket_without_a_path_is_refused(env: Environment, given: Given) -> None:
    given("unix://")

    with pytest.raises(ImproperlyConfigured, match=r"redis://host… or unix:///path"):
        env.url("THING", schemes=("redis", "unix"))


def test_a_postgresql_database_is_read(env: Environment, given: Given) -> None:
    given("postgres://alice:pass@db.example:5433/records")

    found = env.database("THING", "")
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["HOST"], str(found["PORT"]), found["NAME"]) == ("db.example", "5433", "records")


def test_an_sqlite_database_is_read(env: Environment, given: Given) -> None:
    given("sqlite:////var/lib/records.sqlite3")

    assert env.database("THING", "")["NAME"] == "/var/lib/records.sqlite3"


@pytest.mark.parametrize(
    "value",
    ["records", "mysql://alice:hunter2@db/records", "sqlite:///", "postgres://alice:hunter2@db/",
     "postgres://alice:hun/ter2@db/records", "postgres://alice:hunter2@db:x/records"],
)  # fmt: skip
def test_a_wrong_database_is_refused_and_not_repeated(
    value: str, env: Environment, given: Given
) -> None:
    given(value)

    with pytest.raises(ImproperlyConfigured, match=r"^THING should be sqlite:///path") as refused:
        env.database("THING", "")
    assert "hun" not in str(refused.value)


# E-mail


@pytest.mark.parametrize(
    ("scheme", "port", "tls", "ssl"),
    [("smtp", 25, False, False), ("smtp+tls", 587, True, False), ("smtp+ssl", 465, False, True)],
)
def test_a_mail_server_is_read(
    scheme: str, port: int, tls: bool, ssl: bool, env: Environment, given: Given
) -> None:
    given(f"{scheme}://alice:p%40ss@mail.example")

    found = env.email("THING", "consolemail://")
    assert found["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example", port)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("alice", "p@ss")
    assert (found.get("EMAIL_USE_TLS", False), found.get("EMAIL_USE_SSL", False)) == (tls, ssl)


def test_a_mail_server_may_have_a_port_of_its_own(env: Environment, given: Given) -> None:
    given("smtp://mail.example:2525")

    assert env.email("THING", "consolemail://")["EMAIL_PORT"] == 2525


def test_mail_is_printed_where_no_server_is_named(env: Environment, given: Given) -> None:
    backend = env.email("THING", "consolemail://")["EMAIL_BACKEND"]
    assert backend == "django.core.mail.backends.console.EmailBackend"


@pytest.mark.parametrize(
    "value",
    ["mail.example", "smtp://", "http://alice:hunter2@mail.example", "smtp://a:hunter2@mail:x",
     "smtp+tls://alice:hun/ter2@mail.example", "smtp://a:hunter2@mail:0", "smtp://mail/?x=hunter2"],
)  # fmt: skip
def test_a_wrong_mail_server_is_refused_and_not_repeated(
    value: str, env: Environment, given: Given
) -> None:
    given(value)

    with pytest.raises(ImproperlyConfigured, match=r"^THING should be consolemail://") as refused:
        env.email("THING", "consolemail://")
    assert "hun" not in str(refused.value)


@pytest.mark.parametrize("value", ["a@b.example", "Records <records@b.example>"])
def test_a_sender_is_an_address_with_a_name_or_without(
    value: str, env: Environment, given: Given
) -> None:
    given(value)

    assert env.address("THING", "") == value


@pytest.mark.parametrize("value", ["records", "@b.example", "a@", "Records", "a@b\nBcc: c@d"])
def test_a_sender_that_is_no_address_is_refused(value: str, env: Environment, given: Given) -> None:
    given(value)

    with pytest.raises(ImproperlyConfigured, match=r"should be an e-mail address"):
        env.address("THING", "records@localhost")


# Files


def test_a_file_fills_in_what_is_not_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: Given
) -> None:
    # Set and taken away again: what the file puts in goes when the test ends.
    monkeypatch.setenv("OTHER_THING", "")
    monkeypatch.delenv("OTHER_THING")
    given("from outside")
    (tmp_path / ".env").write_text("# a comment\nTHING=from the file\nOTHER_THING=$too\n")

    env = Environment(tmp_path / ".env")

    assert (env.text("THING"), env.text("OTHER_THING")) == ("from outside", "$too")


# Redis


def test_a_web_process_does_not_wait_for_redis() -> None:
    options = redis_options("redis://:pass@queue.example:6380/2", is_worker=False)

    assert (options["host"], options["port"], options["db"]) == ("queue.example", 6380, 2)
    assert (options["socket_timeout"], options["socket_connect_timeout"]) == (0.2, 0.2)
    assert options["retry"] is None


def test_a_worker_waits_longer_for_redis_than_it_blocks() -> None:
    assert redis_options("redis://queue.example", is_worker=True)["socket_timeout"] > 2


def test_redis_may_be_encrypted() -> None:
    assert redis_options("rediss://queue.example", is_worker=False)["ssl"] is True


def test_redis_may_be_a_socket() -> None:
    options = redis_options("unix:///run/redis.sock", is_worker=False)

    assert options["unix_socket_path"] == "/run/redis.sock"
    assert "path" not in options


def test_an_option_that_redis_does_not_know_is_refused_and_not_repeated() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^REDIS_URL should be") as refused:
        redis_options("redis://:hunter2@queue?socket_timeout=soon", is_worker=False)
    assert "hunter2" not in str(refused.value)


# The start as a whole


def _start(**environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` with this environment and nothing else of ours."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_starts_with_right_settings() -> None:
    started = _start(**GOOD)

    assert (started.returncode, started.stderr) == (0, "")


def test_a_database_file_is_the_same_from_every_folder(tmp_path: Path) -> None:
    program = "from integration_site.settings import DATABASES; print(DATABASES['default']['NAME'])"
    asked = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=GOOD | {"PYTHONPATH": str(settings.BASE_DIR), "DATABASE_URL": "sqlite:///var/x.db"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert asked.stdout.strip() == str(settings.BASE_DIR / "var" / "x.db")


def test_a_missing_secret_key_stops_the_start() -> None:
    started = _start(**{name: value for name, value in GOOD.items() if name != "SECRET_KEY"})

    assert started.returncode == 1
    assert started.stderr == "SECRET_KEY is not set. See .env.example.\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ERP_URL", "erp.example?token=hunter2"),
        ("DATABASE_URL", "postgres://alice:hun/ter2@db/records"),
        ("REDIS_URL", "redis://alice:hunter2@queue?socket_timeout=soon"),
        ("LOG_LEVEL", "loud"),
        ("WORKERS", "many"),
        ("ERP_DELIVER", "sometimes"),
    ],
)
def test_a_wrong_setting_stops_the_start_in_one_line(name: str, value: str) -> None:
    started = _start(**GOOD | {name: value})

    assert started.returncode == 1
    assert started.stderr.startswith(f"{name} ")
    assert started.stderr.count("\n") == 1
    assert "hun" not in started.stderr
