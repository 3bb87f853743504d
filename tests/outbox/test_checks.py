from typing import Any

import pytest

from outbox.checks import check_destinations, check_durations, check_options
from outbox.connectors.memory import MemoryConnector


def give_options(settings: Any, options: dict[str, object]) -> None:
    settings.DESTINATIONS = {"erp": settings.DESTINATIONS["erp"] | {"OPTIONS": options}}


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


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("deliver", "sometimes", "“every 15 minutes” (1 to 1440)"),
        ("deliver", 15, "it should be “at once”"),
        ("batch", 0, "whole number from 1"),
        ("batch", 2.5, "whole number from 1"),
        ("rate", 0, "above 0"),
        ("rate", "fast", "above 0"),
        ("dead_head", "wait", "block or skip"),
    ],
)
def test_an_option_that_cannot_be_is_an_error(
    settings: Any, option: str, value: object, said: str
) -> None:
    give_options(settings, {option: value})
    (error,) = check_options(None)
    assert error.id == "outbox.E004"
    assert error.msg.startswith(f'DESTINATIONS["erp"]: {option} is {value!r}')
    assert said in error.msg
    assert check_durations(None) == []  # which needs the options


def test_batches_need_a_connector_that_takes_them(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_options(settings, {"batch": 20})
    monkeypatch.setattr(MemoryConnector, "supports_batches", False, raising=False)
    (error,) = check_options(None)
    assert "takes one record in a request" in error.msg
    monkeypatch.setattr(MemoryConnector, "supports_batches", True)
    assert check_options(None) == []


def test_the_settings_as_they_are_have_no_error() -> None:
    assert check_destinations(None) == []
    assert check_options(None) == []
    assert check_durations(None) == []
