"""What can be wrong with the remote: its answers, or that it is not there."""

import random
import signal
import time

from tests.processes.stack import RemoteProcess
from tests.soak.operators import resume_if_paused
from tests.soak.plan import DEADLINE, GRACE, HOT, KEYS, key_name
from tests.soak.scene import Scene


def is_down(scene: Scene, rng: random.Random) -> str:
    return _with(scene, rng.uniform(1, 6), down=True)


def fails(scene: Scene, rng: random.Random) -> str:
    return _with(scene, rng.uniform(1, 5), server_error=True)


def asks_for_less(scene: Scene, rng: random.Random) -> str:
    return _with(scene, rng.uniform(0.5, 4), too_many=True)


def loses_replies(scene: Scene, rng: random.Random) -> str:
    return _with(scene, rng.uniform(0.3, 4), lose_reply=True)


def answers_rubbish(scene: Scene, rng: random.Random) -> str:
    return _with(scene, rng.uniform(0.3, 4), rubbish=True)


def is_slow(scene: Scene, rng: random.Random) -> str:
    return _with(scene, rng.uniform(2, 6), slow_seconds=rng.uniform(0.05, 0.5))


def is_slower_than_anybody_waits(scene: Scene, rng: random.Random) -> str:
    """A forgetful one not by much: what it applies later yet, nobody can make up for."""
    most = DEADLINE + GRACE / 2 if scene.plan.forgetful else DEADLINE + 3
    seconds = rng.uniform(DEADLINE + 0.1, most)
    said = _with(scene, rng.uniform(1, 5), slow_seconds=seconds)
    scene.hold(seconds)
    return said


def loses_the_replies_of_one_key(scene: Scene, rng: random.Random) -> str:
    return _with(scene, rng.uniform(2, 8), lose_reply=True, key=_some_key(rng))


def refuses_one_key(scene: Scene, rng: random.Random) -> str:
    return _with(scene, rng.uniform(3, 10), reject=True, key=_some_key(rng))


def refuses_everybody(scene: Scene, rng: random.Random) -> str:
    said = _with(scene, rng.uniform(0.3, 2), reject=True)
    return said + resume_if_paused(scene)


def refuses_our_token(scene: Scene, rng: random.Random) -> str:
    said = _with(scene, rng.uniform(0.3, 3), unauthorized=True)
    return said + resume_if_paused(scene)


def is_stopped_and_started(scene: Scene, rng: random.Random) -> str:
    scene.remote.stop()
    return _away(scene, rng)


def is_killed_and_started(scene: Scene, rng: random.Random) -> str:
    scene.remote.kill()
    scene.kills += 1
    return _away(scene, rng)


def freezes(scene: Scene, rng: random.Random) -> str:
    """What lay in its sockets it applies when everybody has given up waiting."""
    if scene.plan.forgetful:
        return is_down(scene, rng)
    seconds = rng.uniform(0.5, 6)
    scene.remote.process.send_signal(signal.SIGSTOP)
    try:
        scene.hold(seconds)
    finally:
        scene.remote.process.send_signal(signal.SIGCONT)
    return f"for {seconds:.1f} s"


def _with(scene: Scene, seconds: float, **faults: object) -> str:
    scene.set_faults(**faults)
    try:
        scene.hold(seconds)
    finally:
        scene.set_faults()
    said = ", ".join(f"{name} {value}" for name, value in faults.items())
    return f"{said} for {seconds:.1f} s"


def _away(scene: Scene, rng: random.Random) -> str:
    seconds = rng.uniform(0.2, 6)
    scene.hold(seconds)
    start_again(scene, scene.remote)
    return f"for {seconds:.1f} s"


def start_again(scene: Scene, remote: RemoteProcess) -> None:
    """Its port may be somebody else's for a moment."""
    for _ in range(20):
        try:
            scene.start_remote()
        except IndexError:  # it said nothing, and ended
            remote.process.wait(10)
            time.sleep(0.5)
        else:
            return
    raise TimeoutError("The remote cannot be started again.")


def _some_key(rng: random.Random) -> str:
    """Most often one that many edits are about."""
    return key_name(rng.randrange(rng.choice([HOT, HOT, KEYS["customer"]])))
