"""Connection options for the Redis broker: a silent Redis must not hold up an edit."""

from typing import Any

from redis.connection import SSLConnection, UnixDomainSocketConnection, parse_url


def redis_options(url: str, *, is_worker: bool) -> dict[str, Any]:
    """Keyword arguments for `redis.Redis`, as django-q2 passes them on.

    A web process gives up after 0.2 s, since a lost wake-up costs nothing (the sweep finds the
    work). A worker blocks in BLPOP for a second at a time, so it must wait longer than that.
    """
    options = dict(parse_url(url))
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
