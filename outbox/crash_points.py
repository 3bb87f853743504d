"""Places at which a process may die. Tests put something in; in production nothing happens."""


def crash_point(name: str) -> None:
    """Called on the way of an edit to the remote, between any two steps that can come apart."""
