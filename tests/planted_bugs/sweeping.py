"""Bugs in finding work without the queue, and in looking after clusters."""

from tests.planted_bugs.plant import Edit, Plant, Witness

SWEEPING = "outbox/sweeping.py"
WATCHDOG = "outbox/watchdog.py"

PLANTS = [
    Plant(
        name="the sweep does not see forgotten lanes",
        rule="A lane with messages and no due time, which should not be, is made due.",
        edits=[Edit(SWEEPING, "        _arm_forgotten(destination)\n", "")],
        noticed_by=Witness(
            "outbox/test_claiming.py", "test_a_lane_left_behind_is_armed_by_the_sweep"
        ),
    ),
    Plant(
        name="the sweep wakes nobody",
        rule="What is due is found without the queue.",
        edits=[Edit(SWEEPING, "            wake(destination)\n", "            pass\n")],
        noticed_by=Witness("outbox/test_waking.py", "test_the_sweep_wakes_for_what_is_due"),
    ),
    Plant(
        name="work is overdue while a destination is held",
        rule="An outage is no sign of a wedged cluster.",
        edits=[Edit(SWEEPING, "if state.held_until is not None:", "if state.is_paused:")],
        noticed_by=Witness(
            "outbox/test_waking.py", "test_the_sweep_lets_a_destination_that_is_held_sleep"
        ),
    ),
    Plant(
        name="work is overdue while a destination is paused",
        rule="A pause is no sign of a wedged cluster.",
        edits=[Edit(SWEEPING, "    if state.is_paused:\n        return None\n", "")],
        noticed_by=Witness(
            "outbox/test_waking.py", "test_the_sweep_lets_paused_destinations_sleep"
        ),
    ),
    Plant(
        name="a wedged cluster is not restarted",
        rule="A cluster without a sign of life, while work is overdue, is killed.",
        edits=[
            Edit(
                WATCHDOG,
                "return alive_at is None or (now - alive_at).total_seconds() >= patience",
                "return False",
            )
        ],
        noticed_by=Witness(
            "outbox/test_watchdog.py",
            "test_a_cluster_that_does_nothing_about_overdue_work_is_killed_and_started_again",
        ),
    ),
    Plant(
        name="a busy cluster is taken for a wedged one",
        rule="As long as its tasks show signs of life, it works.",
        edits=[
            Edit(
                WATCHDOG,
                "return alive_at is None or (now - alive_at).total_seconds() >= patience",
                "return True",
            )
        ],
        noticed_by=Witness("outbox/test_watchdog.py", "test_a_cluster_that_is_well_is_left_alone"),
    ),
    Plant(
        name="a cluster that has ended is not started again",
        rule="The supervisor keeps every cluster running.",
        edits=[Edit(WATCHDOG, "        if not self.cluster.has_exited():\n", "        if True:\n")],
        noticed_by=Witness(
            "outbox/test_watchdog.py",
            "test_a_cluster_that_does_nothing_about_overdue_work_is_killed_and_started_again",
        ),
    ),
    Plant(
        name="a lease may be shorter than a request",
        rule="`manage.py check` refuses settings that would break the guarantees.",
        edits=[
            Edit(
                "outbox/checks.py",
                "if conf.lease <= looked_up + deadline + conf.grace:",
                "if conf.lease <= 0:",
            )
        ],
        noticed_by=Witness("outbox/test_checks.py", "test_a_lease_that_is_too_short_is_an_error"),
    ),
]
