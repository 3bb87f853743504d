"""Connection options for the Redis broker: a silent Redis must not hold up an edit."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from redis.connection import SSLConnection, UnixDomainSocketConnection, parse_url


def redis_options(url: str, *, is_worker: bool) -> dict[str, Any]:
    """Keyword arguments for `redis.Redis`, as django-q2 passes them on.

    Raises ImproperlyConfigured for options that Redis does not know.

    A web process gives up after 0.2 s, since a lost wake-up costs nothing (the sweep finds the
    work). A worker blocks in BLPOP for a second at a time, so it must wait longer than that.
    """
    try:
        options = dict(parse_url(url))  # type: ignore[no-untyped-call]
    except ValueError:
        # The URL may hold a password, so it is not repeated.
        raise ImproperlyConfigured(
            "REDIS_URL should be such as redis://host:6379/0; Redis knows no such options."
        ) from None
    connection_class = options.pop("connection_class", None)
    if connection_class is SSLConnection:
        options["ssl"] = True
    elif connection_class is UnixDomainSocketConnection:
        options["unix_socket_path"] = options.pop("path")
    seconds = 5.0 if is_worker else 0.2
    return options | {
        "socket_timeout": seconds,
        "socket_connect_timeout": seconds,
        "retry": None,
    }
