from outbox.models.attempt import Attempt, Outcome
from outbox.models.destination_state import DestinationState, WakeRequest
from outbox.models.lane import Lane
from outbox.models.message import Death, Message, Operation, Priority, State
from outbox.models.worker import Drain, Worker

__all__ = [
    "Attempt",
    "Death",
    "DestinationState",
    "Drain",
    "Lane",
    "Message",
    "Operation",
    "Outcome",
    "Priority",
    "State",
    "WakeRequest",
    "Worker",
]
