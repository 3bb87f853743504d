"""Settings read from the environment; a bad value stops the start and says what it should be."""

import os
from collections.abc import Callable
from contextlib import suppress
from email.utils import parseaddr
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from outbox.windows import EXPECTED, Window

Value = TypeVar("Value")

#: Kind of connection → its port where none is given.
MAIL_SERVERS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}


class Environment:
    """Typed look-ups. Each raises ImproperlyConfigured: the variable, and what it should be."""

    def __init__(self, env_file: Path) -> None:
        if env_file.exists():
            environ.Env.read_env(str(env_file))

    def text(self, name: str, default: str | None = None) -> str:
        # Not by environ.Env: to that, a secret that starts with $ is the name of another variable.
        value = os.environ.get(name, "") or default
        if value is None:
            raise ImproperlyConfigured(f"{name} is not set. See .env.example.")
        return value

    def token(self, name: str) -> str:
        """A secret that fits into an HTTP header."""
        value = self.text(name)
        if not (value.isascii() and value.isprintable()) or " " in value:
            raise ImproperlyConfigured(f"{name} should be ASCII characters without blanks.")
        return value

    def choice(self, name: str, default: str, *, among: tuple[str, ...]) -> str:
        """One of these words, which are in upper case."""

        def parse(raw: str) -> str:
            return among[among.index(raw.upper())]

        return self._parsed(name, default, parse, " or ".join(among))

    def flag(self, name: str, *, default: bool) -> bool:
        def parse(raw: str) -> bool:
            words = {"1": True, "true": True, "yes": True, "on": True}
            words |= {"0": False, "false": False, "no": False, "off": False}
            return words[raw.lower()]

        return self._parsed(name, default, parse, "true or false")

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        def parse(raw: str) -> float:
            value = float(raw)
            if not least <= value <= most:
                raise ValueError(raw)
            return value

        return self._parsed(name, default, parse, f"a number from {least:g} to {most:g}")

    def whole(self, name: str, default: int, *, least: int, most: int) -> int:
        def parse(raw: str) -> int:
            value = int(raw)
            if not least <= value <= most:
                raise ValueError(raw)
            return value

        return self._parsed(name, default, parse, f"a whole number from {least} to {most}")

    def window(self, name: str, default: str) -> str:
        """When a destination is delivered to, as it is written."""

        def parse(raw: str) -> str:
            Window.parse(raw)
            return raw

        return self._parsed(name, default, parse, EXPECTED)

    def words(self, name: str, default: list[str]) -> list[str]:
        return self._parsed(
            name, default, lambda raw: [word.strip() for word in raw.split(",") if word.strip()], ""
        )

    def url(self, name: str, default: str | None = None, *, schemes: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value == "" and default == "":
            return value
        try:
            parts = urlsplit(value)
            place = parts.path if parts.scheme == "unix" else parts.hostname
            good = parts.scheme in schemes and bool(place) and parts.port != 0
            good = good and not any(char.isspace() for char in value)
        except ValueError:
            good = False
        if not good:
            # The value itself may hold a password, so it is not repeated.
            expected = " or ".join(
                "unix:///path" if scheme == "unix" else f"{scheme}://host…" for scheme in schemes
            )
            raise ImproperlyConfigured(f"{name} should be a URL such as {expected}.")
        return value

    def database(self, name: str, default: str) -> dict[str, Any]:
        """A Django database configuration; `sqlite:///path` or `postgres://user:password@host/name`."""
        value = self.text(name, default)
        config: dict[str, Any] = {}
        if value.startswith(("sqlite:///", "postgres://", "postgresql://")):
            with suppress(ValueError):
                config = dict(environ.Env.db_url_config(value))
        if config.get("NAME", "") in ("", ":memory:"):
            # Neither the value nor what is wrong with it is repeated: both may hold a password.
            raise ImproperlyConfigured(
                f"{name} should be sqlite:///path/to/file or postgres://user:password@host:port/name."
            )
        return config

    def email(self, name: str, default: str) -> dict[str, Any]:
        """Django's `EMAIL_…` settings; `consolemail://` or `smtp+tls://user:password@host:port`."""
        value = self.text(name, default)
        with suppress(ValueError):
            parts = urlsplit(value)
            is_server = parts.scheme in MAIL_SERVERS and parts.hostname and parts.port != 0
            if (is_server and not parts.query) or value == "consolemail://":
                config = dict(environ.Env.email_url_config(value))
                config["EMAIL_PORT"] = config["EMAIL_PORT"] or MAIL_SERVERS.get(parts.scheme)
                return config
        raise ImproperlyConfigured(  # without the value: it may hold a password
            f"{name} should be consolemail:// or smtp+tls://user:password@host:port"
            " (or smtp, smtp+ssl)."
        )

    def address(self, name: str, default: str) -> str:
        """An e-mail address, with a name or without: `Records <records@example.com>`."""
        value = self.text(name, default)
        address = parseaddr(value)[1]
        if not all(address.partition("@")) or "\n" in value or "\r" in value:
            raise ImproperlyConfigured(
                f"{name} is {value!r}; it should be an e-mail address, such as"
                " Records <records@example.com>."
            )
        return value

    def _parsed(
        self, name: str, default: Value, parse: Callable[[str], Value], expected: str
    ) -> Value:
        raw = os.environ.get(name, "")
        if raw == "":
            return default
        try:
            return parse(raw)
        except (ValueError, KeyError):
            raise ImproperlyConfigured(f"{name} is {raw!r}; it should be {expected}.") from None
