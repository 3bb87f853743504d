"""What django-q2 runs. A task is a wake-up: its only argument is the name of a destination."""

from outbox.conf import outbox_conf
from outbox.crash_points import crash_point
from outbox.draining import drain_once
from outbox.heartbeat import drain_slot
from outbox.wake import take_wake_request, wake


def drain(destination: str) -> dict[str, int]:
    """Deliver what is due; wakes another drain where that is too much for one, or for its time."""

    def wake_another() -> None:
        wake(destination, even_if_asked=True)

    with drain_slot(destination) as pulse:
        if pulse is None:
            take_wake_request(destination)  # or nobody could ask for another
            return {"delivered": 0, "stopped": 0}
        summary = drain_once(
            destination, seconds=outbox_conf().drain, pulse=pulse, call_another=wake_another
        )
    if summary.more:
        wake_another()
    crash_point("before_task_ends")
    return {"delivered": summary.delivered, "stopped": summary.stopped}
