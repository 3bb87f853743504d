from outbox.models.attempt import Attempt, Outcome
from outbox.models.destination_state import DestinationState, WakeRequest
from outbox.models.lane import Lane
from outbox.models.message import Message, Operation, Priority, State
from outbox.models.worker import Drain, Worker

__all__ = [
    "Attempt",
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
