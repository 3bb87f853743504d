"""Bugs in judging a destination as a whole: outages, pauses, refusals, hours."""

from tests.planted_bugs.plant import Edit, Plant, Witness

BREAKER = "outbox/breaker.py"
STREAKS = "outbox/streaks.py"
STOPPING = "outbox/stopping.py"

PLANTS = [
    Plant(
        name="the breaker counts attempts",
        rule="Distinct lanes that fail make an outage; one record that fails often does not.",
        edits=[
            Edit(
                STREAKS,
                "streak.failed.add(outcome.lane.id)",
                "streak.failed.add(len(streak.failed))",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py", "test_one_lane_that_fails_often_is_one_lane"
        ),
    ),
    Plant(
        name="a success between failures does not count",
        rule="Where somebody is delivered to, the destination is there.",
        edits=[
            Edit(
                STREAKS,
                "    if outcome.delivered:\n        streak.failed.clear()\n",
                "    if outcome.delivered:\n",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py",
            "test_a_success_between_says_that_the_destination_is_there",
        ),
    ),
    Plant(
        name="an outage counts attempts",
        rule="No attempt is counted while a destination is away.",
        edits=[
            Edit(
                STOPPING,
                "message.attempts += not isinstance(error, Unavailable)",
                "message.attempts += 1",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py", "test_an_outage_costs_no_attempt_and_no_days"
        ),
    ),
    Plant(
        name="an outage of errors sets lanes far back",
        rule="A record does not wait for an outage that is over.",
        edits=[
            Edit(
                STOPPING,
                "    return not isinstance(error, Rejected) and state_of(destination).is_held\n",
                "    return False\n",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py",
            "test_after_an_outage_of_errors_nobody_waits_for_long",
        ),
    ),
    Plant(
        name="an outage counts days",
        rule="The seven days are days on which the destination was open.",
        edits=[
            Edit(
                STOPPING,
                "(now - message.first_failed_at).total_seconds() - closed_since):",
                "(now - message.first_failed_at).total_seconds()):",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py", "test_an_outage_costs_no_attempt_and_no_days"
        ),
    ),
    Plant(
        name="the end of an outage forgets how long it was",
        rule="The time for which a destination was held does not count, also afterwards.",
        edits=[
            Edit(
                BREAKER,
                'closed_seconds=F("closed_seconds") + closed, recovered_at',
                "recovered_at",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py", "test_an_outage_costs_no_attempt_and_no_days"
        ),
    ),
    Plant(
        name="the end of a pause forgets how long it was",
        rule="The time for which a destination was paused does not count, also afterwards.",
        edits=[
            Edit(
                "outbox/destinations.py",
                """\
            closed_seconds=F("closed_seconds") + closed_for(state, database_now()),
""",
                "",
            )
        ],
        noticed_by=Witness("outbox/test_closed_destinations.py", "test_a_pause_costs_no_days"),
    ),
    Plant(
        name="requests that fail side by side count one by one",
        rule="They are one outage, and lengthen the wait once.",
        edits=[
            Edit(
                BREAKER,
                "filter(pk=destination, hold_failures=generation).update(\n        held_since",
                "filter(pk=destination).update(\n        held_since",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py",
            "test_requests_that_fail_side_by_side_count_as_one_outage",
        ),
    ),
    Plant(
        name="all lanes probe",
        rule="While a destination is held, one lane at a time tries.",
        edits=[
            Edit(
                BREAKER,
                "return Opening(min(mine, wanted), generation, seen)",
                "return Opening(mine * wanted, generation, seen)",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py", "test_a_held_destination_is_probed_by_one_lane"
        ),
    ),
    Plant(
        name="the probe does not rotate",
        rule="Each probe is another lane's: one bad record must not stand for all.",
        edits=[
            Edit(
                "outbox/leasing.py",
                'solo=self.is_solo).order_by("due_at")',
                'solo=self.is_solo).order_by("pk")',
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py", "test_a_held_destination_is_probed_by_one_lane"
        ),
    ),
    Plant(
        name="a probe that is refused holds on",
        rule="A refusal is an answer: the destination is there.",
        edits=[
            Edit(
                STREAKS,
                "(outcome.delivered or isinstance(error, Rejected)):",
                "outcome.delivered:",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py",
            "test_a_probe_that_is_refused_shows_that_the_destination_is_there",
        ),
    ),
    Plant(
        name="after an outage everything leaves at once",
        rule="More and more are sent, twice as much every second.",
        edits=[
            Edit(BREAKER, "return int(2 ** max(0, since_recovery // RAMP_STEP))", "return 2**20")
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py",
            "test_after_an_outage_more_and_more_are_sent_at_once",
        ),
    ),
    Plant(
        name="Retry-After is ignored",
        rule="A remote that says how long to wait is left alone for so long.",
        edits=[
            Edit(
                BREAKER,
                "max(retry_after or 0.0, hold_backoff(generation + 1))",
                "hold_backoff(generation + 1)",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py", "test_the_remote_says_how_long_to_wait"
        ),
    ),
    Plant(
        name="a remote that asks to wait is asked by four more",
        rule="Where it speaks of itself, the destination is held at once.",
        edits=[
            Edit(
                STREAKS, "if _asks_to_wait(error) or sent_under.is_probe", "if sent_under.is_probe"
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py",
            "test_a_remote_that_asks_to_wait_holds_the_destination_at_once",
        ),
    ),
    Plant(
        name="a pause does not stop a drain",
        rule="It reaches a lane between two of its messages.",
        edits=[
            Edit(
                "outbox/draining.py",
                "        if now.is_closed:\n            self.channel.stop.set()\n",
                "",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py",
            "test_a_pause_stops_a_lane_before_its_next_message",
        ),
    ),
    Plant(
        name="refused credentials pause nothing",
        rule="Where the settings are wrong, nothing is sent until a person has mended them.",
        edits=[
            Edit(
                STREAKS,
                "        pause(destination, by=OUTBOX, because=error.detail)\n",
                "        pass\n",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py", "test_refused_credentials_pause_and_cost_nothing"
        ),
    ),
    Plant(
        name="refused credentials count attempts",
        rule="Wrong settings cost a message nothing.",
        edits=[
            Edit(
                STOPPING,
                "    if isinstance(error, Misconfigured):  # the destination is paused",
                "    if False:  # the destination is paused",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py", "test_refused_credentials_pause_and_cost_nothing"
        ),
    ),
    Plant(
        name="refusals in a row kill",
        rule="Where many records in a row are refused, it is our settings: nothing dies of it.",
        edits=[
            Edit(
                STREAKS,
                "if len(refused) >= REFUSED and not believes_refusals(destination):",
                "if len(refused) < 0:",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py",
            "test_where_everybody_is_refused_it_is_paused_and_nothing_is_given_up",
        ),
    ),
    Plant(
        name="refusals are never believed",
        rule="A person who resumes has looked at them: then the records are to blame.",
        edits=[
            Edit(
                STREAKS,
                "len(refused) >= REFUSED and not believes_refusals(destination)",
                "len(refused) >= REFUSED",
            )
        ],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py",
            "test_refusals_are_believed_once_a_person_has_looked",
        ),
    ),
    Plant(
        name="claims while the window is closed",
        rule="Nothing leaves outside the hours of a destination.",
        edits=[
            Edit(
                BREAKER,
                "if state.is_paused or not configured(destination).window.is_open(seen.at):",
                "if state.is_paused:",
            )
        ],
        noticed_by=Witness(
            "outbox/test_scheduled_delivery.py", "test_nothing_is_sent_outside_the_hours"
        ),
    ),
    Plant(
        name="a retry does not wait for the next round",
        rule="What fails is tried again when the destination is delivered to.",
        edits=[
            Edit(
                STOPPING,
                "target.window.next_at(now + timedelta(seconds=seconds))",
                "now + timedelta(seconds=seconds)",
            )
        ],
        noticed_by=Witness(
            "outbox/test_scheduled_delivery.py", "test_what_fails_in_a_round_waits_for_the_next"
        ),
    ),
    Plant(
        name="closed hours count as days of failing",
        rule="The seven days are hours in which the destination was open.",
        edits=[
            Edit(
                STOPPING,
                "    closed_since += configured(lane.destination).window.closed_seconds("
                "message.first_failed_at, now)\n",
                "",
            )
        ],
        noticed_by=Witness(
            "outbox/test_scheduled_delivery.py",
            "test_hours_in_which_nothing_is_sent_are_no_days_of_failing",
        ),
    ),
    Plant(
        name="one record that fails holds the destination",
        rule="Five records that fail, with no success between, make an outage.",
        edits=[Edit(STREAKS, "FAILED: Final = 5", "FAILED: Final = 1")],
        noticed_by=Witness(
            "outbox/test_closed_destinations.py", "test_fewer_lanes_hold_up_themselves_only"
        ),
    ),
    Plant(
        name="every drain probes",
        rule="Who probes holds the destination for all others.",
        edits=[
            Edit(
                BREAKER,
                "mine = waiting.update(held_until=database_now_in(probe_for))",
                "mine = 1",
            )
        ],
        noticed_by=Witness("outbox/test_closed_destinations.py", "test_one_drain_probes"),
    ),
    Plant(
        name="what waits is sent to a destination in trouble",
        rule="Senders stop by themselves until their drain has taken note.",
        edits=[Edit(STREAKS, "                self._is_on = True\n", "                pass\n")],
        noticed_by=Witness(
            "outbox/test_brake.py",
            "test_what_waits_for_a_sender_is_not_sent_to_a_destination_in_trouble",
        ),
    ),
    Plant(
        name="the brake is never released",
        rule="Once the drain has taken note, senders go on.",
        edits=[Edit("outbox/draining.py", "            self.brake.is_noted()\n", "")],
        noticed_by=Witness(
            "outbox/test_brake.py", "test_senders_go_on_once_the_drain_has_taken_note"
        ),
    ),
]
