from outbox.models.attempt import Attempt, Outcome
from outbox.models.destination_state import DestinationState, RateAllowance, WakeRequest
from outbox.models.lane import Lane
from outbox.models.message import RESEND, Death, Message, Operation, Priority, State
from outbox.models.worker import Drain, Worker

__all__ = [
    "RESEND",
    "Attempt",
    "Death",
    "DestinationState",
    "Drain",
    "Lane",
    "Message",
    "Operation",
    "Outcome",
    "Priority",
    "RateAllowance",
    "State",
    "WakeRequest",
    "Worker",
]
