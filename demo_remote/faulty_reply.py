"""What a switched-on fault answers, before or instead of the true reply."""

import threading
from collections.abc import Callable

from demo_remote.faults import Faults
from demo_remote.message import Refusal, Reply

_RUBBISH = Reply(
    status=200,
    content_type="text/html; charset=utf-8",
    body=b"<!doctype html><title>Welcome</title><h1>It works!</h1><p>A proxy's page.</p>",
)


def reply_under(
    faults: Faults, stopping: threading.Event, true_reply: Callable[[], Reply]
) -> Reply | None:
    """The true reply, or what the faults make of it; None gives none."""
    if faults.slow_seconds and stopping.wait(faults.slow_seconds):
        return None
    instead = _reply_without_applying(faults)
    if instead is not None:
        return instead
    try:
        reply = true_reply()
    except Refusal as refusal:
        reply = refusal.reply()
    return _reply_after_applying(faults, reply)


def _reply_without_applying(faults: Faults) -> Reply | None:
    """The reply of a fault that keeps the request from being applied; None when none does."""
    if faults.down:
        return Refusal(503, "down", "Switched down.").reply()
    if faults.unauthorized:
        return Refusal(401, "unauthorized", "Unauthorized by switch.").reply()
    if faults.too_many:
        refusal = Refusal(429, "too_many_requests", "Too many requests, by switch.")
        return refusal.reply({"Retry-After": "1"})
    if faults.server_error:
        return Refusal(500, "server_error", "Server error by switch.").reply()
    return None


def _reply_after_applying(faults: Faults, reply: Reply) -> Reply | None:
    """What becomes of the true reply; None where it is lost."""
    if faults.lose_reply:
        return None
    return _RUBBISH if faults.rubbish else reply
