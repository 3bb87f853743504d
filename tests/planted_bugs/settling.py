"""Bugs in writing what became of lanes."""

from tests.planted_bugs.plant import Edit, Plant, Witness

SETTLING = "outbox/settling.py"
RELEASING = "outbox/releasing.py"
STOPPING = "outbox/stopping.py"

PLANTS = [
    Plant(
        name="settles before the response",
        rule="A message is delivered when the remote has acknowledged it.",
        edits=[
            Edit(
                "outbox/leasing.py",
                '        crash_point("before_claim_commits")\n',
                """\
        taken = [message.pk for messages in shipped.values() for message in messages]
        Message.objects.filter(pk__in=taken).update(state="delivered")
""",
            )
        ],
        noticed_by=Witness(
            "outbox/test_unknown_outcomes.py",
            "test_an_unknown_outcome_keeps_the_key_and_is_repeated",
        ),
    ),
    Plant(
        name="no lease token",
        rule="An outcome that comes after the lease has passed on writes nothing.",
        edits=[Edit(SETTLING, " if lane.lease_token == by_lane[lane.pk].lane.lease.token]", "]")],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_settling_with_an_old_token_writes_nothing"
        ),
    ),
    Plant(
        name="looks for what is pending before it has the locks",
        rule="It is looked up behind the locks: an edit that commits in between is not forgotten.",
        edits=[
            Edit(
                SETTLING,
                "    with transaction.atomic():\n        finished =",
                """\
    sent = [one.message.id for outcome in outcomes for one in outcome.delivered]
    waiting = Message.objects.to_send().filter(lane__in=by_lane).exclude(pk__in=sent)
    found = waiting.values("lane").annotate(head=Min("sequence"), least=Min("priority"))
    ahead = {row["lane"]: _Ahead(row["head"], row["least"]) for row in found.order_by()}
    with transaction.atomic():
        finished =""",
            ),
            Edit(
                SETTLING,
                "import locked, release, release_finished\n",
                "import Min, _Ahead, locked, release, release_finished\n",
            ),
            Edit(SETTLING, "release(mine, by_lane)", "release(mine, by_lane, ahead)"),
            Edit(
                RELEASING,
                "outcomes: Mapping[int, LaneOutcome]) ->",
                "outcomes: Mapping[int, LaneOutcome], ahead: Any) ->",
            ),
            Edit(RELEASING, "    ahead = _ahead(lanes)\n", ""),
        ],
        noticed_by=Witness(
            "outbox/test_claiming.py",
            "test_an_edit_that_commits_just_before_settling_locks_its_lane_is_not_forgotten",
        ),
    ),
    Plant(
        name="a lane whose claim is delivered is idle",
        rule="It is due as long as there is a message to send, though it came after the claim.",
        edits=[
            Edit(
                RELEASING,
                '.filter(lane__in=lanes, sequence__gte=F("lane__head_sequence"))',
                '.filter(lane__in=lanes, sequence__gte=F("lane__head_sequence"))\n'
                '        .filter(sequence__lte=F("lane__acknowledged_sequence") + 1)',
            )
        ],
        noticed_by=Witness(
            "outbox/test_delivering.py", "test_an_edit_during_a_delivery_is_not_forgotten"
        ),
    ),
    Plant(
        name="a finished lane is idle though an edit came meanwhile",
        rule="A lane is released unread only where its last message was delivered.",
        edits=[Edit(RELEASING, " AND lane.last_sequence = finished.sequence\n", "\n")],
        noticed_by=Witness(
            "outbox/test_delivering.py", "test_an_edit_during_a_delivery_is_not_forgotten"
        ),
    ),
    Plant(
        name="a finished lane is released whoever has it",
        rule="An outcome that comes after the lease has passed on writes nothing.",
        edits=[
            Edit(
                RELEASING, "(lane.lease_token = finished.lease_token) IS TRUE\n            AND ", ""
            )
        ],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_settling_with_an_old_token_writes_nothing"
        ),
    ),
    Plant(
        name="of two outcomes of a lane either is kept",
        rule="The one is kept whose lease the lane has.",
        edits=[Edit(SETTLING, "release_finished(by_lane.values())", "release_finished(outcomes)")],
        noticed_by=Witness(
            "outbox/test_claiming.py",
            "test_of_two_outcomes_of_a_lane_the_one_with_the_lease_is_kept",
        ),
        needs_postgresql=True,
    ),
    Plant(
        name="the outcome for a locked lane is dropped",
        rule="It is kept, and written in the next round.",
        edits=[
            Edit(
                SETTLING,
                "return [outcome for lane_id, outcome in by_lane.items() if lane_id not in found]",
                "return []",
            )
        ],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_an_outcome_for_a_locked_lane_is_kept_for_later"
        ),
        needs_postgresql=True,
    ),
    Plant(
        name="outcomes are lost when the database goes away",
        rule="They are kept, and written when it is back.",
        edits=[
            Edit(
                "outbox/draining.py",
                "            connection.close()\n",
                "            connection.close()\n            self.unsettled = []\n",
            )
        ],
        noticed_by=Witness(
            "outbox/test_database_trouble.py", "test_an_outcome_survives_a_settle_that_fails"
        ),
    ),
    Plant(
        name="an odd outcome takes others along",
        rule="Where one cannot be written, the others are, one by one.",
        edits=[
            Edit(
                SETTLING,
                "for outcome in outcomes:  # one by one: an odd one takes no other along",
                "for outcome in ():",
            )
        ],
        noticed_by=Witness(
            "outbox/test_unknown_outcomes.py",
            "test_an_outcome_that_cannot_be_written_takes_no_other_along",
        ),
    ),
    Plant(
        name="what a remote says is written as it comes",
        rule="What no database takes is made fit for it.",
        edits=[
            Edit("outbox/storable.py", 're.compile("[\\x00\\ud800-\\udfff]")', 're.compile("$^")')
        ],
        noticed_by=Witness(
            "outbox/test_unknown_outcomes.py",
            "test_what_no_database_takes_is_no_reason_to_lose_an_outcome",
        ),
    ),
    Plant(
        name="an unknown outcome is forgotten",
        rule="It may have been applied: same key and same bytes from there on.",
        edits=[
            Edit(
                STOPPING,
                "        message.maybe_applied = True\n        seconds = max(",
                "        seconds = max(",
            )
        ],
        noticed_by=Witness(
            "outbox/test_unknown_outcomes.py",
            "test_an_unknown_outcome_keeps_the_key_and_is_repeated",
        ),
    ),
    Plant(
        name="a refused message is tried for ever",
        rule="What is refused for good is dead at once.",
        edits=[
            Edit(
                STOPPING,
                """\
    if isinstance(error, Rejected):
        message.died_of = Death.REFUSED
    elif""",
                "    if",
            )
        ],
        noticed_by=Witness(
            "outbox/test_delivering.py",
            "test_a_refused_message_is_dead_at_once_and_blocks_its_lane_only",
        ),
    ),
    Plant(
        name="a dead message holds up nothing",
        rule="Where the destination says so, what comes behind waits until a person decides.",
        edits=[
            Edit(
                STOPPING,
                "    lane.blocked_by, lane.head_sequence = dead, dead.sequence\n",
                "",
            )
        ],
        noticed_by=Witness(
            "outbox/test_delivering.py",
            "test_a_refused_message_is_dead_at_once_and_blocks_its_lane_only",
        ),
    ),
    Plant(
        name="a refused create is skipped",
        rule="Behind a create that was refused nothing can succeed.",
        edits=[Edit(STOPPING, " and dead.operation == Operation.UPDATE:", ":")],
        noticed_by=Witness(
            "outbox/test_discarding.py",
            "test_a_refused_create_blocks_even_where_updates_are_skipped",
        ),
    ),
    Plant(
        name="what was skipped is not called different",
        rule="The remote differs in the fields of a message that was skipped.",
        edits=[
            Edit(STOPPING, "        note_given_up(lane, [dead, *dead.carried.pending()])\n", "")
        ],
        noticed_by=Witness(
            "outbox/test_discarding.py",
            "test_behind_a_skipped_update_the_next_is_sent_and_the_fields_differ",
        ),
    ),
    Plant(
        name="a failing message is never given up",
        rule="After seven days of failing it is dead.",
        edits=[
            Edit(
                "outbox/retry_policy.py",
                "return failing_for > outbox_conf().dead_after",
                "return failing_for < 0",
            )
        ],
        noticed_by=Witness(
            "outbox/test_delivering.py", "test_a_message_is_given_up_after_seven_days_of_failing"
        ),
    ),
    Plant(
        name="failures are counted on after a success",
        rule="A delivery ends the backoff.",
        edits=[
            Edit(RELEASING, "    if outcome.delivered:\n        lane.failures = 0\n", ""),
            Edit(RELEASING, "failures = 0, solo = false,", "solo = false,"),
        ],
        noticed_by=Witness(
            "outbox/test_delivering.py", "test_later_messages_wait_for_a_failed_one"
        ),
    ),
    Plant(
        name="the backoff does not grow",
        rule="1 s, doubling to 1 h.",
        edits=[
            Edit(
                "outbox/retry_policy.py",
                "ceiling = min(longest, first * 2 ** min(failures - 1, 32))",
                "ceiling = min(longest, first)",
            )
        ],
        noticed_by=Witness("outbox/test_retry_policy.py", "test_the_wait_doubles_up_to_an_hour"),
    ),
    Plant(
        name="the backoff has no jitter",
        rule="Lanes that failed together come back spread out.",
        edits=[
            Edit(
                "outbox/retry_policy.py",
                "random.uniform(ceiling / 10, ceiling)",
                "ceiling",
            )
        ],
        noticed_by=Witness(
            "outbox/test_retry_policy.py", "test_lanes_that_failed_together_come_back_spread_out"
        ),
    ),
    Plant(
        name="a lane stays as urgent as it was",
        rule="Its priority is that of what it still has to send.",
        edits=[
            Edit(
                RELEASING,
                "lane.head_sequence, lane.priority = ahead.head, ahead.priority",
                "lane.head_sequence = ahead.head",
            )
        ],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_a_lane_is_as_urgent_as_what_it_still_has_to_send"
        ),
    ),
    Plant(
        name="of an outcome that cannot be written only the first message is unknown",
        rule="All that was sent may have been applied.",
        edits=[
            Edit(
                SETTLING,
                "        Message.objects.pending().filter(pk__in=sent_ids)"
                ".update(maybe_applied=True)\n",
                "",
            )
        ],
        noticed_by=Witness(
            "outbox/test_unknown_outcomes.py",
            "test_all_that_was_sent_may_be_applied_where_the_outcome_cannot_be_written",
        ),
    ),
    Plant(
        name="news counts as taken over though more has come",
        rule="What the remote said meanwhile is told again.",
        edits=[
            Edit(
                "outbox/signals.py",
                " if lane.acknowledged_sequence == seen[lane.pk]]",
                "]",
            )
        ],
        noticed_by=Witness(
            "outbox/test_delivering.py", "test_news_that_came_meanwhile_is_told_again"
        ),
    ),
    Plant(
        name="what concerns nobody hides earlier news of a finished lane",
        rule="News is told again until it has been taken over, whatever the remote says later.",
        edits=[Edit(RELEASING, " OR taken_over_sequence < acknowledged_sequence\n", "\n")],
        noticed_by=Witness(
            "outbox/test_delivering.py", "test_what_concerns_nobody_hides_no_earlier_news"
        ),
    ),
    Plant(
        name="what concerns nobody hides earlier news of a lane that goes on",
        rule="News is told again until it has been taken over, whatever the remote says later.",
        edits=[
            Edit(
                "outbox/acknowledging.py",
                "is_told = lane.taken_over_sequence == lane.acknowledged_sequence",
                "is_told = True",
            )
        ],
        noticed_by=Witness(
            "outbox/test_delivering.py", "test_what_concerns_nobody_hides_no_earlier_news"
        ),
    ),
    Plant(
        name="a defect in telling news from the rest ends the drain",
        rule="What the remote acknowledged is settled, whatever receivers make of it.",
        edits=[Edit("outbox/signals.py", "    except Exception:\n", "    except LookupError:\n")],
        noticed_by=Witness(
            "outbox/test_delivering.py",
            "test_a_defect_in_telling_news_from_the_rest_ends_no_drain",
        ),
    ),
    Plant(
        name="a defect in telling the news ends the drain",
        rule="What goes wrong after the commit does not undo what was settled.",
        edits=[
            Edit(
                "outbox/draining.py",
                "announce_acknowledged(told), robust=True)",
                "announce_acknowledged(told))",
            )
        ],
        noticed_by=Witness(
            "outbox/test_delivering.py", "test_a_defect_in_telling_the_news_ends_no_drain"
        ),
    ),
]
