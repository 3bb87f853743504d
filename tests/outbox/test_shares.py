"""How many lanes may be claimed beside those that are under way."""

from outbox.shares import free_places


def test_there_is_room_for_as_many_as_may_be_under_way() -> None:
    assert free_places(32, senders=16, bulk=10, interactive=15) == 7


def test_a_form_edit_finds_a_place_though_too_much_bulk_work_waits() -> None:
    # A destination that has become slow gets less in wait; what waited already still does.
    assert free_places(32, senders=16, bulk=92, interactive=0) == 3
    assert free_places(32, senders=16, bulk=92, interactive=2) == 1
    assert free_places(2, senders=1, bulk=9, interactive=0) == 1


def test_nothing_is_claimed_beside_too_many_form_edits() -> None:
    assert free_places(32, senders=16, bulk=0, interactive=40) == 0
