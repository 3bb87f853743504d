"""Bugs in recording edits and in waking workers for them."""

from tests.planted_bugs.plant import Edit, Plant, Witness

RECORDING = "outbox/recording.py"
SEQUENCING = "outbox/sequencing.py"
WAKE = "outbox/wake.py"
DRAINING = "outbox/draining.py"

PLANTS = [
    Plant(
        name="sends before the commit",
        rule="What leaves has been committed; an edit that is rolled back never leaves.",
        edits=[
            Edit(
                RECORDING,
                '    crash_point("after_record")\n',
                """\
    from outbox.claiming import _claimed
    from outbox.conf import destination as configured

    for message in messages:
        lane = Lane.objects.get(pk=message.lane_id)
        request = _claimed(lane, message, database_now()).request
        configured(lane.destination).connect().deliver(request)
""",
            )
        ],
        noticed_by=Witness("outbox/test_recording.py", "test_nothing_of_a_rolled_back_edit_leaves"),
    ),
    Plant(
        name="records outside a transaction",
        rule="A message is written in the transaction of its edit, or not at all.",
        edits=[Edit(RECORDING, "if not connection.in_atomic_block:", "if not drafts:")],
        noticed_by=Witness("outbox/test_recording.py", "test_it_refuses_outside_a_transaction"),
    ),
    Plant(
        name="locks lanes in no order",
        rule="Whoever locks several lanes does so in the order of their names: no deadlocks.",
        edits=[Edit(RECORDING, "sorted(drafts, key=lambda draft: draft.lane)", "list(drafts)")],
        noticed_by=Witness(
            "outbox/test_recording.py",
            "test_lanes_are_locked_in_one_order_whatever_order_they_come_in",
        ),
    ),
    Plant(
        name="an edit resets the backoff",
        rule="An edit makes an idle lane due, and leaves alone one that waits after a failure.",
        edits=[
            Edit(
                SEQUENCING,
                "WHEN outbox_lane.due_at IS NULL AND outbox_lane.blocked_by_id IS NULL",
                "WHEN outbox_lane.blocked_by_id IS NULL",
            )
        ],
        noticed_by=Witness("outbox/test_recording.py", "test_an_edit_does_not_shorten_a_backoff"),
    ),
    Plant(
        name="an edit lifts a block",
        rule="A lane that is held up by a dead message stays so until a person decides.",
        edits=[
            Edit(
                SEQUENCING,
                "WHEN outbox_lane.due_at IS NULL AND outbox_lane.blocked_by_id IS NULL",
                "WHEN outbox_lane.due_at IS NULL",
            )
        ],
        noticed_by=Witness("outbox/test_recording.py", "test_an_edit_does_not_lift_a_block"),
    ),
    Plant(
        name="a form edit behind bulk work waits like bulk work",
        rule="A lane is as urgent as the most urgent of its messages.",
        edits=[
            Edit(
                SEQUENCING,
                """
                OR excluded.priority < outbox_lane.priority
""",
                "\n",
            )
        ],
        noticed_by=Witness(
            "outbox/test_recording.py", "test_a_lane_is_as_urgent_as_its_most_urgent_message"
        ),
    ),
    Plant(
        name="an edit does not wait for the next round",
        rule="Where a destination is delivered to in rounds, an edit comes due with the next.",
        edits=[Edit(SEQUENCING, "if isinstance(window, AtOnce):", "if window:")],
        noticed_by=Witness(
            "outbox/test_scheduled_delivery.py", "test_an_edit_waits_for_the_next_round"
        ),
    ),
    Plant(
        name="wakes before the commit",
        rule="Workers are woken for what has been committed.",
        edits=[
            Edit(
                WAKE,
                "transaction.on_commit(lambda: wake(destination), robust=True)",
                "wake(destination)",
            )
        ],
        noticed_by=Witness("outbox/test_waking.py", "test_a_rolled_back_edit_wakes_nobody"),
    ),
    Plant(
        name="a wake-up that fails fails the edit",
        rule="What goes wrong after the commit is not told to the user as a failed edit.",
        edits=[Edit(WAKE, "wake(destination), robust=True)", "wake(destination))")],
        noticed_by=Witness(
            "outbox/test_waking.py", "test_a_defect_in_waking_does_not_fail_the_edit"
        ),
    ),
    Plant(
        name="a wake request is never cleared",
        rule="A drain that begins takes the request, so that later edits may wake another.",
        edits=[Edit(WAKE, "requested_at__isnull=False", "requested_at__isnull=True")],
        noticed_by=Witness(
            "outbox/test_waking.py", "test_an_edit_after_a_drain_has_begun_wakes_another"
        ),
    ),
    Plant(
        name="a wake request is cleared by the drain's end",
        rule="It is taken before the first claim: what is recorded after that may be missed.",
        edits=[
            Edit(
                DRAINING,
                "    take_wake_request(destination)\n    recover_expired(destination)\n",
                "    recover_expired(destination)\n",
            ),
            Edit(
                DRAINING,
                "        allowance.give_back()\n",
                "        allowance.give_back()\n        take_wake_request(destination)\n",
            ),
        ],
        noticed_by=Witness("outbox/test_waking.py", "test_an_edit_during_a_drain_wakes_another"),
    ),
    Plant(
        name="a lost wake-up is not repeated",
        rule="The queue is a hint: a request that nobody took is made again.",
        edits=[
            Edit(
                WAKE,
                "Q(requested_at=None) | Q(requested_at__lt=database_now_in(-ASK_AGAIN_AFTER))",
                "Q(requested_at=None)",
            )
        ],
        noticed_by=Witness("outbox/test_waking.py", "test_a_wake_up_that_nobody_took_is_repeated"),
    ),
    Plant(
        name="every edit waits for a queue that is away",
        rule="After the broker has failed, edits do not ask it again for a while.",
        edits=[Edit(WAKE, "_quiet_until = elapsed() + QUIET_AFTER_FAILURE", "_quiet_until = 0.0")],
        noticed_by=Witness(
            "outbox/test_waking.py", "test_a_queue_that_is_away_does_not_fail_the_edit"
        ),
    ),
    Plant(
        name="the message is written after the edit has committed",
        rule="An edit commits if and only if its messages commit.",
        edits=[
            Edit(
                "records/actions/writing.py",
                "    recorded = record(\n        [",
                """\
    def later(drafts):
        transaction.on_commit(lambda: record(drafts))
        return []

    recorded = later(
        [""",
            ),
            Edit(
                "records/actions/writing.py",
                "from django.utils import timezone\n",
                "from django.db import transaction\nfrom django.utils import timezone\n",
            ),
        ],
        noticed_by=Witness("records/test_updating.py", "test_it_sends_what_changed_and_no_more"),
    ),
]
