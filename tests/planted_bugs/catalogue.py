"""All plants."""

from tests.planted_bugs import (
    claiming,
    closing,
    connecting,
    deciding,
    merging,
    recording,
    sending,
    settling,
    sweeping,
)

PLANTS = [
    *recording.PLANTS,
    *claiming.PLANTS,
    *sending.PLANTS,
    *settling.PLANTS,
    *merging.PLANTS,
    *closing.PLANTS,
    *deciding.PLANTS,
    *sweeping.PLANTS,
    *connecting.PLANTS,
]
