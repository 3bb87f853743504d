from typing import Any

from outbox.checks import check_destinations, check_durations


def test_a_lease_that_is_too_short_is_an_error(settings: Any) -> None:
    settings.OUTBOX = {"lease": 20, "grace": 5, "drain": 20}
    (error,) = check_durations(None)
    assert error.id == "outbox.E002"
    assert "OUTBOX_LEASE is 20 s" in error.msg


def test_a_drain_that_outlives_the_task_timeout_is_an_error(settings: Any) -> None:
    settings.OUTBOX = {"drain": 50}
    (error,) = check_durations(None)
    assert error.id == "outbox.E003"


def test_an_unknown_connector_is_an_error(settings: Any) -> None:
    settings.DESTINATIONS = {"erp": {"CONNECTOR": "no.such.Connector"}}
    (error,) = check_destinations(None)
    assert error.id == "outbox.E001"
    assert "no.such.Connector" in error.msg


def test_a_class_that_is_no_connector_is_an_error(settings: Any) -> None:
    settings.DESTINATIONS = {"erp": {"CONNECTOR": "decimal.Decimal"}}
    (error,) = check_destinations(None)
    assert "is not a Connector" in error.msg


def test_the_settings_as_they_are_have_no_error() -> None:
    assert check_destinations(None) == []
    assert check_durations(None) == []
