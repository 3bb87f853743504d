"""Bugs in what persons decide about dead messages: replaying and discarding them."""

from tests.planted_bugs.plant import Edit, Plant, Witness

REPLAYING = "outbox/replaying.py"
DISCARDING = "outbox/discarding.py"
DIVERGENCE = "outbox/divergence.py"

PLANTS = [
    Plant(
        name="a replay of an unknown outcome has a new key",
        rule="It may have been applied: the key stays.",
        edits=[Edit(REPLAYING, "+= dead.died_of == Death.REFUSED", "+= 1")],
        noticed_by=Witness(
            "outbox/test_replaying.py",
            "test_a_message_of_unknown_outcome_keeps_its_key_and_its_bytes",
        ),
    ),
    Plant(
        name="a replay after a refusal has the old key",
        rule="A remote may keep its refusal under the key: a new try needs a new one.",
        edits=[Edit(REPLAYING, "    dead.delivery_number += dead.died_of == Death.REFUSED\n", "")],
        noticed_by=Witness(
            "outbox/test_replaying.py", "test_a_refused_delete_is_sent_again_with_a_new_key"
        ),
    ),
    Plant(
        name="a replay sends old values behind a later delivery",
        rule="The record is sent as it is now.",
        edits=[
            Edit(
                REPLAYING,
                "if is_blocking and dead.died_of != Death.REFUSED and dead.maybe_applied:",
                "if not is_blocking or (dead.died_of != Death.REFUSED and dead.maybe_applied):",
            )
        ],
        noticed_by=Witness(
            "outbox/test_replaying.py",
            "test_a_skipped_message_is_replayed_behind_what_was_delivered",
        ),
    ),
    Plant(
        name="a replay leaves what waits behind",
        rule="It carries the updates that have not arrived: the record is sent once.",
        edits=[
            Edit(
                REPLAYING,
                'before = _not_arrived(lane).filter(sequence__lt=carrier.sequence).values("pk")',
                'before = _not_arrived(lane).none().values("pk")',
            )
        ],
        noticed_by=Witness(
            "outbox/test_replaying.py", "test_a_refused_create_is_replayed_as_the_record_is_now"
        ),
    ),
    Plant(
        name="a replay leaves what was merged and refused",
        rule="Its old values were refused for certain, and are not sent once more.",
        edits=[
            Edit(
                REPLAYING,
                ".filter(maybe_applied=False)",
                ".filter(attempts=0, maybe_applied=False)",
            )
        ],
        noticed_by=Witness(
            "outbox/test_replaying.py",
            "test_what_was_merged_and_refused_does_not_leave_with_its_old_values",
        ),
    ),
    Plant(
        name="a replay carries what may have been sent",
        rule="What may have been applied goes as it was.",
        edits=[Edit(REPLAYING, ".filter(maybe_applied=False)", "")],
        noticed_by=Witness(
            "outbox/test_replaying.py", "test_what_may_have_been_sent_is_not_carried"
        ),
    ),
    Plant(
        name="a replay carries what a drain is sending",
        rule="What a drain has at this moment is left to it.",
        edits=[
            Edit(
                REPLAYING,
                "    return waiting.filter(sequence__gt=lane.claimed_through)"
                " if lane.lease_token else waiting\n",
                "    return waiting\n",
            )
        ],
        noticed_by=Witness(
            "outbox/test_replaying.py", "test_a_replay_leaves_alone_what_a_drain_is_sending"
        ),
    ),
    Plant(
        name="a replay takes a lane from the drain that has it",
        rule="While it is leased, its due time is the lease's end.",
        edits=[Edit(REPLAYING, "    if lane.lease_token is None:\n", "    if lane.pk:\n")],
        noticed_by=Witness(
            "outbox/test_replaying.py", "test_a_replay_leaves_alone_what_a_drain_is_sending"
        ),
    ),
    Plant(
        name="a discard leaves the lane blocked",
        rule="What waits behind a message that was given up is sent.",
        edits=[Edit(DISCARDING, "        go_on(lane, behind=dead, now=database_now())\n", "")],
        noticed_by=Witness(
            "outbox/test_discarding.py", "test_what_waits_behind_a_discarded_update_is_sent"
        ),
    ),
    Plant(
        name="the update behind a discarded create goes to nobody",
        rule="The edit after a create that was given up sends the whole record.",
        edits=[
            Edit(
                DISCARDING,
                "lane.present = newer.filter(operation=Operation.CREATE).exists()",
                "pass",
            )
        ],
        noticed_by=Witness(
            "outbox/test_discarding.py",
            "test_the_edit_after_a_discarded_create_sends_the_whole_record",
        ),
    ),
    Plant(
        name="divergence is never cleared",
        rule="Until a later edit of the same fields is acknowledged, and no longer.",
        edits=[
            Edit(
                DIVERGENCE,
                "    lane.diverged = [name for name in lane.diverged if name not in told]\n",
                "",
            )
        ],
        noticed_by=Witness(
            "outbox/test_discarding.py",
            "test_the_remote_differs_in_what_was_discarded_until_it_is_changed_again",
        ),
    ),
    Plant(
        name="divergence is cleared by any delivery",
        rule="Only what was acknowledged of the same fields clears it.",
        edits=[
            Edit(
                DIVERGENCE,
                "if any(message.is_resend or message.operation != Operation.UPDATE"
                " for message in acknowledged):",
                "if acknowledged:",
            )
        ],
        noticed_by=Witness(
            "outbox/test_discarding.py",
            "test_the_remote_differs_in_what_was_discarded_until_it_is_changed_again",
        ),
    ),
    Plant(
        name="a merge clears the divergence of its carrier's fields only",
        rule="What a message carries is acknowledged with it.",
        edits=[Edit(DIVERGENCE, "Q(pk=message_id) | Q(carrier=message_id)", "Q(pk=message_id)")],
        noticed_by=Witness(
            "outbox/test_discarding.py", "test_what_a_message_carries_makes_the_remote_equal_too"
        ),
    ),
    Plant(
        name="a create that may have arrived is discarded with its delete",
        rule="Only what was definitely refused is discarded by itself.",
        edits=[
            Edit(
                DISCARDING,
                "return create.died_of == Death.REFUSED and lane.shadow is None",
                "return lane.shadow is None",
            )
        ],
        noticed_by=Witness(
            "outbox/test_discarding.py",
            "test_a_create_that_was_given_up_may_have_arrived_and_is_not_discarded_by_itself",
        ),
    ),
    Plant(
        name="a delete that may have been sent is discarded with its create",
        rule="What may have been sent is discarded by a person only.",
        edits=[
            Edit(
                DISCARDING,
                "    if any(message.was_sent for message in unwanted[1:]):\n        return False\n",
                "",
            )
        ],
        noticed_by=Witness(
            "outbox/test_discarding.py",
            "test_a_delete_that_may_have_been_sent_is_not_discarded_by_itself",
        ),
    ),
    Plant(
        name="a create that is refused holds up its delete",
        rule="A create that was only ever refused goes with the delete that waits behind it.",
        edits=[Edit("outbox/stopping.py", "    discard_unwanted(lane, dead, now)\n", "")],
        noticed_by=Witness(
            "outbox/test_discarding.py",
            "test_a_create_that_is_refused_goes_with_the_delete_that_waits",
        ),
    ),
    Plant(
        name="a create that was refused holds up its delete",
        rule="A create that was only ever refused goes with the delete that comes.",
        edits=[Edit("outbox/recording.py", "    if present:\n", "    if not drafts:\n")],
        noticed_by=Witness(
            "outbox/test_discarding.py",
            "test_a_create_that_was_refused_goes_with_the_delete_that_comes",
        ),
    ),
]
