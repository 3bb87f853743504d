"""From a dotted path in the settings to a connector class."""

from functools import cache

from django.utils.module_loading import import_string

from outbox.connectors.base import Connector


@cache
def connector_class(dotted_path: str) -> type[Connector]:
    """Raises ImportError where there is no such class, TypeError where it is no Connector."""
    found = import_string(dotted_path)
    if not (isinstance(found, type) and issubclass(found, Connector)):
        raise TypeError(f"{dotted_path} is not a Connector")
    return found
