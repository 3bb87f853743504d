"""Bugs in claiming, leases, and in what becomes of the lanes of dead workers."""

from tests.planted_bugs.plant import Edit, Plant, Witness

CLAIMING = "outbox/claiming.py"
LEASING = "outbox/leasing.py"
RECOVERING = "outbox/recovering.py"
DRAINING = "outbox/draining.py"
SHARES = "outbox/shares.py"

PLANTS = [
    Plant(
        name="takes work by id > last seen",
        rule="Whatever order commits come in, no edit is passed over.",
        edits=[
            Edit(
                LEASING,
                "_LOCKING: Final =",
                "_seen: dict[str, int] = {}\n_LOCKING: Final =",
            ),
            Edit(
                LEASING,
                "WHERE id IN (SELECT due.id FROM due)",
                "WHERE id > {seen} AND id IN (SELECT due.id FROM due)",
            ),
            Edit(
                LEASING,
                "end=database_now_in_sql(),\n",
                "end=database_now_in_sql(),\n        seen=_seen.get(line.destination, 0),\n",
            ),
            Edit(
                LEASING,
                '    crash_point("after_claim")\n',
                "    _seen[line.destination] = max([_seen.get(line.destination, 0), *lanes])\n",
            ),
        ],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_an_edit_that_commits_late_is_not_passed_over"
        ),
        needs_postgresql=True,
    ),
    Plant(
        name="a dead head blocks other lanes",
        rule="A record that is refused holds up itself only.",
        edits=[
            Edit(
                LEASING,
                "    if limit <= 0:\n        return []\n",
                """\
    if limit <= 0 or Lane.objects.filter(blocked_by__isnull=False).exists():
        return []
""",
            )
        ],
        noticed_by=Witness(
            "outbox/test_delivering.py", "test_other_records_go_on_while_one_is_blocked"
        ),
    ),
    Plant(
        name="claims a lane whose lease has run out as if nothing had been sent",
        rule="What a dead worker may have sent is unknown, and noted so before it is sent again.",
        edits=[Edit("outbox/models/lane.py", ".filter(lease_token__isnull=True)", "")],
        noticed_by=Witness(
            "outbox/test_claiming.py",
            "test_a_lane_whose_lease_has_run_out_is_not_claimed_as_if_nothing_had_been_sent",
        ),
    ),
    Plant(
        name="what a dead worker may have sent counts as never sent",
        rule="Unknown is not failed: it keeps its key and its bytes.",
        edits=[Edit(RECOVERING, 'attempts=F("attempts") + 1, maybe_applied=True', "attempts=1")],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_what_a_dead_worker_may_have_sent_is_unknown"
        ),
    ),
    Plant(
        name="nobody takes lanes back from dead workers",
        rule="A lane whose worker has died goes on when the lease is over.",
        edits=[Edit(DRAINING, "    recover_expired(destination)\n", "")],
        noticed_by=Witness("outbox/test_claiming.py", "test_a_drain_takes_over_from_a_dead_worker"),
    ),
    Plant(
        name="the lane of a dead worker is claimed among others",
        rule="It is claimed alone, so that no neighbour is blamed for the next crash.",
        edits=[Edit(RECOVERING, '"solo": True,', '"solo": lane.solo,')],
        noticed_by=Witness(
            "outbox/test_claiming.py",
            "test_the_lane_of_a_dead_worker_is_sent_alone_one_message_at_a_time",
        ),
    ),
    Plant(
        name="the lane of a dead worker is sent beside others",
        rule="While it is sent, nothing else is.",
        edits=[Edit(DRAINING, "if not (over or self.is_solo):", "if not over:")],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_nothing_is_sent_beside_the_lane_of_a_dead_worker"
        ),
    ),
    Plant(
        name="the lane of a dead worker is sent many messages at a time",
        rule="One message at a time, settled before the next.",
        edits=[Edit(CLAIMING, "is_solo=True, depth=1", "is_solo=True, depth=20")],
        noticed_by=Witness(
            "outbox/test_claiming.py",
            "test_the_lane_of_a_dead_worker_is_sent_alone_one_message_at_a_time",
        ),
    ),
    Plant(
        name="a crash is blamed on neighbours",
        rule="Only a message during whose sole sending workers die is to blame.",
        edits=[Edit(RECOVERING, "if lane.solo and messages:", "if messages:")],
        noticed_by=Witness("outbox/test_claiming.py", "test_a_crash_with_neighbours_blames_nobody"),
    ),
    Plant(
        name="a message may kill workers for ever",
        rule="After three crashes it is dead.",
        edits=[Edit(RECOVERING, "dies = crashes >= outbox_conf().crash_limit", "dies = False")],
        noticed_by=Witness(
            "outbox/test_claiming.py",
            "test_a_message_that_kills_workers_dies_and_its_neighbours_do_not",
        ),
    ),
    Plant(
        name="a second crash makes known what was unknown",
        rule="Whatever may have been sent is unknown until it is settled.",
        edits=[
            Edit(
                RECOVERING,
                "max(lane.unknown_through, min(lane.claimed_through, lane.last_sequence))",
                "min(lane.claimed_through, lane.last_sequence)",
            )
        ],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_a_second_crash_does_not_make_known_what_was_unknown"
        ),
    ),
    Plant(
        name="a lease is counted from after the claim",
        rule="A drain believes in its lease for less time than the database, never for more.",
        edits=[
            Edit(
                LEASING,
                "    taken = Lease(token=uuid.uuid4(), ends_at=elapsed() + outbox_conf().lease)\n",
                "    token = uuid.uuid4()\n",
            ),
            Edit(LEASING, "_lease(line, limit, taken.token)", "_lease(line, limit, token)"),
            Edit(
                LEASING,
                '    crash_point("after_claim")\n',
                "    taken = Lease(token=token, ends_at=elapsed() + outbox_conf().lease)\n",
            ),
        ],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_a_lease_is_counted_from_before_the_claim_is_asked_for"
        ),
    ),
    Plant(
        name="an idle poll takes locks",
        rule="Looking for work locks nothing, least of all the whole of SQLite.",
        edits=[
            Edit(
                CLAIMING,
                "_claim(interactive, first, target, seen) if is_somebody_waiting else []",
                "_claim(interactive, first, target, seen)",
            )
        ],
        noticed_by=Witness("outbox/test_claiming.py", "test_an_idle_poll_takes_no_lock"),
    ),
    Plant(
        name="a claim waits for a lane that somebody edits",
        rule="Lanes that are locked are passed by.",
        edits=[
            Edit(
                LEASING,
                'FOR NO KEY UPDATE SKIP LOCKED"',
                'FOR NO KEY UPDATE"',
            )
        ],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_a_lane_that_somebody_edits_is_passed_by"
        ),
        needs_postgresql=True,
    ),
    Plant(
        name="bulk work takes all senders",
        rule="A fifth of the senders is kept for form edits.",
        edits=[
            Edit(
                SHARES,
                "return max(0, self.concurrency - kept -",
                "return max(0, self.concurrency -",
            )
        ],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_bulk_work_leaves_senders_free_for_form_edits"
        ),
    ),
    Plant(
        name="form edits take all senders",
        rule="A fifth of the senders is kept for bulk work.",
        edits=[Edit(SHARES, "round(SHARE * self.concurrency) or int(self.is_bulk_turn)", "0")],
        noticed_by=Witness("outbox/test_claiming.py", "test_form_edits_leave_bulk_work_its_share"),
    ),
    Plant(
        name="bulk work keeps its sender",
        rule="A bulk lane gives its sender back after each message.",
        edits=[
            Edit(
                CLAIMING,
                "if priority == Priority.BULK:\n        depth = 1",
                "if False:\n        pass",
            )
        ],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_a_bulk_lane_gives_its_sender_back_after_each_message"
        ),
    ),
    Plant(
        name="sends on behind what a remote without keys may forget",
        rule="Where the remote keeps no keys, a message is settled before the next leaves.",
        edits=[Edit(CLAIMING, "if not target.endpoint.idempotent:", "if False:")],
        noticed_by=Witness(
            "outbox/test_forgetful_remotes.py",
            "test_nothing_is_sent_behind_what_is_not_settled",
        ),
    ),
    Plant(
        name="PostgreSQL's clock stands still in a transaction",
        rule="Due times and leases are by the time of this moment, not of the transaction's start.",
        edits=[Edit("outbox/clock.py", '"clock_timestamp()"', '"now()"')],
        noticed_by=Witness(
            "outbox/test_clock.py", "test_the_time_of_the_database_moves_on_within_a_transaction"
        ),
        needs_postgresql=True,
    ),
    Plant(
        name="durations by a clock that can be set",
        rule="Leases and deadlines are measured by a clock that nobody sets.",
        edits=[
            Edit(
                "outbox/connectors/elapsed.py",
                'boottime = getattr(time, "CLOCK_BOOTTIME", None)',
                "boottime = time.CLOCK_REALTIME",
            )
        ],
        noticed_by=Witness(
            "outbox/test_clock.py", "test_a_duration_is_the_same_whoever_sets_the_clock"
        ),
    ),
    Plant(
        name="one sender never gets to bulk work",
        rule="Where there are too few senders for a share, bulk work has a turn now and then.",
        edits=[Edit(DRAINING, "is_bulk_turn=self.claims % BULK_TURN == 0", "is_bulk_turn=False")],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_bulk_work_has_its_turn_where_there_is_one_sender"
        ),
    ),
    Plant(
        name="the lane of a dead worker is sent while another's outcome is unsettled",
        rule="It goes alone, settled before the next.",
        edits=[Edit(DRAINING, "return self.is_solo and bool(self.unsettled)", "return False")],
        noticed_by=Witness(
            "outbox/test_database_trouble.py",
            "test_what_may_kill_workers_waits_until_the_outcome_before_it_is_settled",
        ),
    ),
]
