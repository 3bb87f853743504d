"""Bugs in sending the messages of a lane."""

from tests.planted_bugs.plant import Edit, Plant, Witness

DELIVERY = "outbox/delivery.py"
DRAINING = "outbox/draining.py"

PLANTS = [
    Plant(
        name="a new key for each retry",
        rule="Every try of a message whose outcome is not definite has the same key.",
        edits=[
            Edit(
                "outbox/models/message.py",
                'f"{self.id}-{self.delivery_number}"',
                'f"{self.id}-{self.delivery_number}-{self.attempts}"',
            )
        ],
        noticed_by=Witness(
            "outbox/test_delivering.py", "test_a_failure_is_tried_again_with_the_same_key_and_bytes"
        ),
    ),
    Plant(
        name="the lease is not looked at",
        rule="What is left of the lease exceeds deadline and grace, or nothing is sent.",
        edits=[Edit(DELIVERY, " and time_left > needed and ", " and ")],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_nothing_is_sent_when_the_lease_gets_short"
        ),
    ),
    Plant(
        name="the lease is looked at before a lane's first message only",
        rule="It is looked at before each.",
        edits=[
            Edit(
                DELIVERY,
                "        if not channel.may_send(message, lane):\n",
                """\
        is_first = message is lane.messages[0]
        if channel.stop.is_set() or (is_first and not channel.may_send(message, lane)):
""",
            )
        ],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_the_lease_is_looked_at_before_each_message"
        ),
    ),
    Plant(
        name="a lane goes on behind a failed message",
        rule="In order: what comes later waits.",
        edits=[
            Edit(
                DELIVERY,
                "        if outcome.stopped_by is not None:\n            break\n",
                "",
            )
        ],
        noticed_by=Witness(
            "outbox/test_delivering.py", "test_later_messages_wait_for_a_failed_one"
        ),
    ),
    Plant(
        name="the end of a drain does not reach a lane under way",
        rule="It stops the lane before its next message.",
        edits=[Edit(DELIVERY, "return not self.stop.is_set() and time_left", "return time_left")],
        noticed_by=Witness(
            "outbox/test_delivering.py",
            "test_the_end_of_a_drain_stops_a_lane_before_its_next_message",
        ),
    ),
    Plant(
        name="a drain that ran out of time wakes no other",
        rule="Where work is left, it asks for another drain.",
        edits=[Edit("outbox/tasks.py", "if summary.more:", "if not summary:")],
        noticed_by=Witness("outbox/test_waking.py", "test_a_drain_whose_time_is_up_wakes_another"),
    ),
    Plant(
        name="a remote without keys is sent again without a look-up",
        rule="Where the remote keeps no keys, what is unclear is looked up first.",
        edits=[
            Edit(
                DELIVERY,
                "if message.maybe_applied and not connector.endpoint.idempotent:",
                "if message.maybe_applied and connector.endpoint.deadline < 0:",
            )
        ],
        noticed_by=Witness(
            "outbox/test_forgetful_remotes.py", "test_what_was_applied_is_not_sent_again"
        ),
    ),
    Plant(
        name="a remote without keys is asked at once",
        rule="What became of a request is asked when it has taken effect, or never will.",
        edits=[
            Edit(
                "outbox/connectors/base.py",
                "0.0 if self.idempotent else self.settle_after",
                "0.0",
            )
        ],
        noticed_by=Witness(
            "outbox/test_forgetful_remotes.py",
            "test_it_is_looked_up_only_when_it_must_have_taken_effect",
        ),
    ),
    Plant(
        name="a look-up that is refused kills the message",
        rule="It is no verdict on the message.",
        edits=[
            Edit(
                DELIVERY,
                "        raise OutcomeUnknown(detail, status=error.status,",
                "        raise Rejected(detail, status=error.status,",
            )
        ],
        noticed_by=Witness(
            "outbox/test_forgetful_remotes.py", "test_a_look_up_that_is_refused_is_no_verdict"
        ),
    ),
    Plant(
        name="a look-up that finds other values is a success",
        rule="What was not applied is sent again.",
        edits=[Edit(DELIVERY, "if _holds(held, request.payload):", "if held:")],
        noticed_by=Witness(
            "outbox/test_forgetful_remotes.py", "test_what_was_not_applied_is_sent_again"
        ),
    ),
    Plant(
        name="a conflict after an unknown outcome is a refusal",
        rule="It is looked up: our own earlier try may have caused it.",
        edits=[
            Edit(
                DELIVERY,
                "            if message.maybe_applied:\n                return _settle_refusal",
                "            if message.number < 0:\n                return _settle_refusal",
            )
        ],
        noticed_by=Witness(
            "outbox/test_unknown_outcomes.py",
            "test_a_conflict_after_an_unknown_outcome_is_looked_up",
        ),
    ),
    Plant(
        name="a conflict after an unknown outcome is a success",
        rule="It is one only where the remote holds what was sent.",
        edits=[
            Edit(
                DELIVERY,
                "is_applied = held is not None and _holds(held, request.payload)",
                "is_applied = held is not None",
            )
        ],
        noticed_by=Witness(
            "outbox/test_unknown_outcomes.py", "test_a_conflict_with_other_values_is_a_refusal"
        ),
    ),
    Plant(
        name="a conflict with a try that is still at work is a refusal",
        rule="As long as an earlier try may take effect, the message is tried again.",
        edits=[
            Edit(
                DELIVERY,
                "if message.failing_for <= channel.takes_effect_within:",
                "if message.failing_for < 0:",
            )
        ],
        noticed_by=Witness(
            "outbox/test_unknown_outcomes.py",
            "test_a_conflict_soon_after_an_unknown_outcome_may_be_our_own_request_at_work",
        ),
    ),
    Plant(
        name="a defect of a connector is a refusal",
        rule="Whether anything left is not known.",
        edits=[
            Edit(
                DELIVERY,
                '        raise OutcomeUnknown(f"The connector failed: {error!r}") from error',
                '        raise Rejected(f"The connector failed: {error!r}") from error',
            )
        ],
        noticed_by=Witness(
            "outbox/test_unknown_outcomes.py",
            "test_a_defect_of_the_connector_leaves_the_outcome_unknown",
        ),
    ),
    Plant(
        name="two drains on SQLite",
        rule="SQLite has one writer at a time: a second drain would wait, and forms for both.",
        edits=[
            Edit("outbox/heartbeat.py", 'connection.vendor == "sqlite"', 'connection.vendor == ""')
        ],
        noticed_by=Witness(
            "outbox/test_waking.py",
            "test_one_destination_gets_no_more_than_its_share_of_the_workers",
        ),
    ),
    Plant(
        name="one destination takes all workers",
        rule="Drains of one destination never hold every process.",
        edits=[
            Edit(
                "outbox/heartbeat.py",
                "int(settings.WORKERS) // len(destination_names())",
                "int(settings.WORKERS)",
            )
        ],
        noticed_by=Witness(
            "outbox/test_waking.py",
            "test_one_destination_gets_no_more_than_its_share_of_the_workers",
        ),
        needs_postgresql=True,
    ),
    Plant(
        name="a drain that died keeps its place",
        rule="A place whose process is gone is free at once.",
        edits=[
            Edit(
                "outbox/heartbeat.py",
                "        Drain.objects.filter(pk=drain.pk).delete()\n        return False\n",
                "        return True\n",
            )
        ],
        noticed_by=Witness(
            "outbox/test_waking.py", "test_a_drain_whose_process_is_gone_gives_up_its_place_at_once"
        ),
    ),
    Plant(
        name="a second drain ignores the rate",
        rule="So many requests a second, by all drains together.",
        edits=[
            Edit(
                "outbox/rate.py",
                "Q(given_until=None) | Q(given_until__lte=DatabaseNow())",
                "Q()",
            )
        ],
        noticed_by=Witness("outbox/test_rate.py", "test_drains_share_it"),
    ),
    Plant(
        name="unused rate is not given back",
        rule="What a drain has not used is there for others.",
        edits=[Edit(DRAINING, "        allowance.give_back()\n", "")],
        noticed_by=Witness("outbox/test_rate.py", "test_a_drain_gives_back_what_it_has_not_used"),
    ),
    Plant(
        name="the rate counts lanes",
        rule="Each request counts, also the later ones of a lane.",
        edits=[Edit(DRAINING, "take_one=allowance.take,", "take_one=lambda: True,")],
        noticed_by=Witness("outbox/test_rate.py", "test_no_more_is_sent_than_the_rate_allows"),
    ),
    Plant(
        name="nothing is claimed while a request is under way",
        rule="A slow record holds up itself only: free senders take what comes next.",
        edits=[Edit(DRAINING, "if not (over or self.is_solo):", "if over:")],
        noticed_by=Witness("outbox/test_delivering.py", "test_a_slow_record_holds_up_itself_only"),
    ),
    Plant(
        name="a form edit stands behind the bulk work that waits",
        rule="Senders take what somebody waits for first.",
        edits=[
            Edit(
                "outbox/senders.py",
                "(self._bulk_waiting if is_bulk else self._waiting).append(task)",
                "self._bulk_waiting.append(task)",
            )
        ],
        noticed_by=Witness(
            "outbox/test_senders.py", "test_what_somebody_waits_for_goes_before_bulk_work"
        ),
    ),
    Plant(
        name="bulk work that waits takes the last sender",
        rule="Bulk work never has all senders.",
        edits=[
            Edit(
                "outbox/senders.py",
                "bool(self._bulk_waiting) and self._bulk_free > 0",
                "bool(self._bulk_waiting)",
            )
        ],
        noticed_by=Witness("outbox/test_senders.py", "test_bulk_work_never_has_all_senders"),
    ),
    Plant(
        name="bulk work waits as long as anything else does",
        rule="Of what waits for a sender, one task in so many is bulk work.",
        edits=[
            Edit(
                "outbox/senders.py",
                "is_bulk_turn = (self._taken + 1) % BULK_TURN == 0",
                "is_bulk_turn = False",
            )
        ],
        noticed_by=Witness(
            "outbox/test_senders.py", "test_bulk_work_has_its_turn_while_forms_are_busy"
        ),
    ),
    Plant(
        name="too much bulk work shuts out form edits",
        rule="A form edit finds a place whatever bulk work waits.",
        edits=[
            Edit(
                "outbox/shares.py",
                "return max(0, at_once - bulk - interactive, _kept(senders) - interactive)",
                "return max(0, at_once - bulk - interactive)",
            )
        ],
        noticed_by=Witness(
            "outbox/test_shares.py",
            "test_a_form_edit_finds_a_place_though_too_much_bulk_work_waits",
        ),
    ),
]
