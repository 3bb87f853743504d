"""Watching requests: what must hold when one leaves, and when one takes effect."""

from __future__ import annotations

import uuid
from functools import reduce
from typing import Any

from outbox.connectors.base import Operation, Request
from outbox.models import DestinationState, Lane, Message
from tests.simulation.actors import Actor, Scheduler
from tests.simulation.history import History
from tests.simulation.model import Model
from tests.simulation.remote import DEADLINE, Remote, in_words, merged, message_id


class Watch:
    def __init__(
        self,
        scheduler: Scheduler,
        history: History,
        model: Model,
        remote: Remote,
        holders: dict[uuid.UUID, Actor],
    ) -> None:
        self._scheduler = scheduler
        self._history = history
        self._model = model
        self._remote = remote
        self._holders = holders

    def leaves(self, request: Request, sender: Actor) -> None:
        """Nobody sends without a lease that outlives the request, nor merges what was sent."""
        self._history.tell(f"{sender} sends {in_words(request)}")
        with self._scheduler.looking_on():
            lane = Lane.objects.get(key=request.key)
            state = DestinationState.objects.get()
        clock = self._scheduler.clock
        needs_until = clock.elapsed() + DEADLINE + self._remote.grace
        if lane.lease_token is None or self._holders.get(lane.lease_token) is not sender.process:
            self._broken(request, "is sent without a lease")
        elif lane.due_at is None or clock.at(lane.due_at) < needs_until:
            self._broken(request, "may take effect after its lease")
        if state.paused_at and clock.at(state.paused_at) < sender.process.started_at:
            self._broken(request, "is sent by a drain that began during a pause")
        for message in self._merged_into(request):
            if message.idempotency_key in self._remote.known:
                self._broken(request, "carries what the remote may have applied before")

    def takes_effect(self, request: Request) -> None:
        """It was committed as it is, and no newer edit of the record has taken effect."""
        payload = self._model.payloads.get(message_id(request))
        if payload is None:
            self._broken(request, "takes effect and was never committed")
        older = [self._model.payloads[str(one.id)] for one in self._merged_into(request)]
        expected: dict[str, Any] = reduce(merged, [*older, payload or {}], {})
        if dict(request.payload) != expected:
            self._broken(request, f"is not what was committed: {expected}")
        of_record = [one.sequence for one in self._remote.ledger if one.key == request.key]
        newest = max(of_record, default=0)
        if request.sequence < newest:
            self._broken(request, "takes effect after a newer edit")
        if request.sequence == newest and self._remote.keeps_keys:
            self._broken(request, "takes effect a second time")

    def _merged_into(self, request: Request) -> list[Message]:
        """Those that it speaks for in their own words; a resend or a delete has its own."""
        carrier = message_id(request)
        if request.operation != Operation.UPDATE or carrier in self._model.resends:
            return []
        with self._scheduler.looking_on():
            carried = Message.objects.filter(carrier=uuid.UUID(carrier))
            return list(carried.order_by("sequence"))

    def _broken(self, request: Request, what: str) -> None:
        self._history.broken(f"{in_words(request)} {what}")
