"""News from the outbox.

Sent after commit; may be lost; carries nothing that cannot be read again.
"""

from collections.abc import Sequence

from django.dispatch import Signal

#: The remote acknowledged something on these lanes. Argument: `lane_ids`, a list of int.
acknowledged = Signal()


def announce_acknowledged(lane_ids: Sequence[int]) -> None:
    acknowledged.send_robust(sender=None, lane_ids=list(lane_ids))
