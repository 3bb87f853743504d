"""Bugs in merging updates of one record, and in batches of several records."""

from tests.planted_bugs.plant import Edit, Plant, Witness

MERGING = "outbox/merging.py"
BATCHING = "outbox/batching.py"

PLANTS = [
    Plant(
        name="a merge is not stored before it is sent",
        rule="What is sent for several messages is written before: a repeat has the same bytes.",
        edits=[
            Edit(
                MERGING,
                '"merged_payload": payload, "priority"',
                '"priority"',
            )
        ],
        noticed_by=Witness(
            "outbox/test_merging.py", "test_a_claim_whose_worker_dies_leaves_a_merge_as_it_is"
        ),
    ),
    Plant(
        name="the members of a merge are not stored before it is sent",
        rule="Who travels with whom is written before.",
        edits=[Edit(MERGING, "    write_values(Message, carried)\n", "")],
        noticed_by=Witness("outbox/test_merging.py", "test_updates_that_wait_leave_as_one"),
    ),
    Plant(
        name="a member of a merge is sent on its own as well",
        rule="What a later message carries is not sent.",
        edits=[
            Edit(
                "outbox/models/message.py",
                "return self.pending().filter(carrier__isnull=True)",
                "return self.pending()",
            ),
            Edit("outbox/leasing.py", " AND message.carrier_id IS NULL\n", "\n"),
        ],
        noticed_by=Witness(
            "outbox/test_replaying.py", "test_a_refused_create_is_replayed_as_the_record_is_now"
        ),
    ),
    Plant(
        name="superseded when merged",
        rule="A member ends when its carrier is acknowledged, and not before.",
        edits=[
            Edit(MERGING, '"carrier": carrier.id}', '"carrier": carrier.id, "state": "superseded"}')
        ],
        noticed_by=Witness(
            "outbox/test_merging.py",
            "test_nothing_is_superseded_before_its_carrier_is_acknowledged",
        ),
    ),
    Plant(
        name="merged across a delete",
        rule="Only updates are merged, never across a create or a delete.",
        edits=[
            Edit(
                MERGING,
                "        message.operation == Operation.UPDATE\n        and message.merged",
                "        message.operation != Operation.CREATE\n        and message.merged",
            )
        ],
        noticed_by=Witness("outbox/test_merging.py", "test_a_create_and_a_delete_are_never_merged"),
    ),
    Plant(
        name="merged with what may have been sent",
        rule="Only what was never sent is merged: the remote may know the key, and its bytes.",
        edits=[Edit(MERGING, "        and not message.was_sent\n", "")],
        noticed_by=Witness(
            "outbox/test_merging.py", "test_what_may_have_been_applied_is_not_merged"
        ),
    ),
    Plant(
        name="merged across mappings",
        rule="Messages of two versions of a mapping do not go together.",
        edits=[Edit(MERGING, "        and older.mapping_version == newer.mapping_version\n", "")],
        noticed_by=Witness(
            "outbox/test_merging.py", "test_messages_of_another_mapping_are_not_merged"
        ),
    ),
    Plant(
        name="the older value wins",
        rule="Of each field the newest value is sent.",
        edits=[
            Edit(
                MERGING,
                "payload = merged_payload(payload, message.payload)",
                "payload = merged_payload(message.payload, payload)",
            )
        ],
        noticed_by=Witness("outbox/test_merging.py", "test_updates_that_wait_leave_as_one"),
    ),
    Plant(
        name="an object is merged as a whole",
        rule="Objects are merged as the remote merges them, member by member.",
        edits=[
            Edit(
                MERGING,
                "            merged[name] = merged_payload(present, value)\n",
                "            merged[name] = value\n",
            )
        ],
        noticed_by=Witness("outbox/test_merging.py", "test_updates_that_wait_leave_as_one"),
    ),
    Plant(
        name="a merge that was refused keeps its key",
        rule="Taken apart, the carrier has another body, and so another key.",
        edits=[Edit(MERGING, "    carrier.delivery_number += 1\n", "")],
        noticed_by=Witness(
            "outbox/test_merging.py", "test_a_refused_merge_is_retried_one_message_at_a_time"
        ),
    ),
    Plant(
        name="a merge that was refused is merged again",
        rule="Its messages are sent one by one.",
        edits=[Edit(MERGING, "    lane.apart_through = carrier.sequence\n", "")],
        noticed_by=Witness(
            "outbox/test_merging.py", "test_a_refused_merge_is_retried_one_message_at_a_time"
        ),
    ),
    Plant(
        name="a merge that was refused loses its members",
        rule="The lane goes back to the first of them.",
        edits=[Edit(MERGING, "    if first is not None:\n", "    if first is None:\n")],
        noticed_by=Witness(
            "outbox/test_merging.py", "test_a_refused_merge_is_retried_one_message_at_a_time"
        ),
    ),
    Plant(
        name="two messages of one lane in a batch",
        rule="At most one message of each lane in a request.",
        edits=[
            Edit(
                BATCHING,
                "    for turn in range(max(len(lane.messages) for lane in lanes)):\n",
                """\
    _send([(one, message) for one in outcomes for message in one.lane.messages], channel)
    for turn in range(0):
""",
            )
        ],
        noticed_by=Witness(
            "outbox/test_batching.py",
            "test_a_batch_holds_one_message_of_a_record_and_each_in_order",
        ),
    ),
    Plant(
        name="a refused batch is not halved",
        rule="It is halved until what is refused stands alone: its neighbours are well.",
        edits=[
            Edit(
                BATCHING,
                """\
    except Rejected:
        for outcome, _ in items:
            outcome.refused_in_company = True
        half = len(items) // 2
        _send(items[:half], channel)
        _send(items[half:], channel)
        return
""",
                """\
    except Rejected as refused:
        results = [refused] * len(items)
""",
            )
        ],
        noticed_by=Witness(
            "outbox/test_batching.py",
            "test_a_refused_batch_is_halved_until_the_one_to_blame_stands_alone",
        ),
    ),
    Plant(
        name="a failing lane stays in batches",
        rule="It goes alone until it has succeeded.",
        edits=[Edit("outbox/leasing.py", "solo or lane.failures > 0,", "solo,")],
        noticed_by=Witness(
            "outbox/test_batching.py",
            "test_records_that_failed_go_alone_though_nothing_of_them_has_left",
        ),
    ),
    Plant(
        name="an item of unknown outcome is sent in a batch without a look-up",
        rule="Where the remote keeps no keys, what is unclear is looked up first.",
        edits=[
            Edit(
                BATCHING,
                "_send([item for item in going_on if not item[1].maybe_applied], channel)",
                "_send(going_on, channel)",
            ),
            Edit(
                BATCHING,
                "            if item[1].maybe_applied:  # it may",
                "            if item[1].number < 0:  # it may",
            ),
        ],
        noticed_by=Witness(
            "outbox/test_forgetful_remotes.py", "test_it_is_looked_up_where_others_leave_in_a_batch"
        ),
    ),
    Plant(
        name="items missing from a reply count as delivered",
        rule="What the reply does not tell is unknown.",
        edits=[
            Edit(
                "outbox/connectors/rest_batches.py",
                "    if len(items) != 1:\n",
                "    if not items:\n        return Acknowledgement()\n    if len(items) != 1:\n",
            )
        ],
        noticed_by=Witness(
            "outbox/connectors/test_rest_batches_over_the_wire.py",
            "test_what_is_not_told_clearly_of_an_item_is_unknown",
        ),
    ),
    Plant(
        name="the members of a merge go before it",
        rule="What a later message carries is not sent on its own as well.",
        edits=[
            Edit(
                "outbox/models/message.py",
                "return self.pending().filter(carrier__isnull=True)",
                "return self.pending()",
            ),
            Edit("outbox/leasing.py", " AND message.carrier_id IS NULL\n", "\n"),
        ],
        noticed_by=Witness(
            "outbox/test_merging.py", "test_what_was_sent_keeps_its_key_its_bytes_and_its_members"
        ),
    ),
]
