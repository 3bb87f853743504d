"""What operators do: pause, resume, replay, discard, drain by hand."""

import random

from outbox.destinations import pause, resume, state_of
from outbox.discarding import discard
from outbox.models import Message
from outbox.replaying import CannotReplay, replay
from tests.soak.scene import Scene, patiently

DESTINATION = "erp"


def pauses(scene: Scene, rng: random.Random) -> str:
    patiently(lambda: pause(DESTINATION, by="soak", because="a soak"))
    seconds = rng.uniform(0.5, 6)
    try:
        scene.hold(seconds)
    finally:
        patiently(lambda: resume(DESTINATION))
    return f"for {seconds:.1f} s"


def replays_the_dead(scene: Scene, rng: random.Random) -> str:
    dead = _dead(rng)
    return f"{sum(replay_or_discard(scene, message) for message in dead)} of {len(dead)}"


def discards_a_dead_one(scene: Scene, rng: random.Random) -> str:
    dead = _dead(rng)[:1]
    for message in dead:
        _discard(message, "Nobody wants it.")
    return str([message.lane.key for message in dead])


def drains_by_hand(scene: Scene, rng: random.Random) -> str:
    """And is killed, if the command takes longer than its patience."""
    seconds = rng.uniform(2, 8)
    scene.crew.run("drain_outbox", "--seconds", "4", seconds=seconds)
    return f"for {seconds:.1f} s at most"


def resume_if_paused(scene: Scene) -> str:
    """The destination was paused for what it answered; a person has mended it."""
    if not patiently(lambda: state_of(DESTINATION).is_paused):
        return ""
    patiently(lambda: resume(DESTINATION))
    return ", and had to be resumed"


def replay_all_dead(scene: Scene) -> int:
    """How many messages had died."""
    dead = patiently(lambda: list(Message.objects.dead().select_related("lane")))
    for message in dead:
        replay_or_discard(scene, message)
    return len(dead)


def replay_or_discard(scene: Scene, message: Message) -> bool:
    """Whether it is sent again."""
    try:
        replayed = patiently(lambda: replay(message, by="soak"))
    except CannotReplay as error:
        _discard(message, str(error))
        return False
    scene.replayed += replayed
    return replayed


def _discard(message: Message, because: str) -> None:
    patiently(lambda: discard(message, by="soak", because=because))


def _dead(rng: random.Random) -> list[Message]:
    dead = patiently(lambda: list(Message.objects.dead().select_related("lane").order_by("pk")))
    return rng.sample(dead, min(len(dead), 10))
