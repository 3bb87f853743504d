"""A refusal is one line of the log."""

import logging
import sys

import pytest

from integration_site.quiet_refusals import QuietRefusals


@pytest.mark.parametrize(("status", "has_trace"), [(403, False), (500, True)])
def test_a_refusal_has_no_stack_trace(status: int, *, has_trace: bool) -> None:
    try:
        raise PermissionError("no")
    except PermissionError:
        trace = sys.exc_info()
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Forbidden", (), trace)
    record.status_code = status
    assert QuietRefusals().filter(record)
    assert (record.exc_info is not None) == has_trace
