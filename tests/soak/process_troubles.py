"""What can happen to processes: killed, stopped for longer than a lease, deployed anew."""

import random
import signal
from contextlib import suppress

import psutil

from tests.processes.stack import WorkerProcess, kill
from tests.soak.plan import LEASE
from tests.soak.scene import Scene


def one_of_a_cluster_is_killed(scene: Scene, rng: random.Random) -> str:
    """Its main process, its sentinel, or one of those that work, push and monitor."""
    cluster = _cluster(scene, rng)
    if not cluster:
        return "none was running"
    main, sentinel, *others = [*cluster, *cluster[-1:] * 2]
    victim = rng.choice([main, sentinel, *rng.choices(others, k=6)])
    role = {main: "main", sentinel: "sentinel"}.get(victim, "one of the others")
    return f"{role}: {_kill(scene, victim)}"


def all_of_a_worker_is_killed(scene: Scene, rng: random.Random) -> str:
    """As when a host loses its power."""
    worker = _worker(scene, rng)
    if worker is None:
        return "none was running"
    processes = [*worker.all_processes(), psutil.Process(worker.process.pid)]
    for process in reversed(processes):
        _kill(scene, process)
    return f"{len(processes)} processes"


def a_supervisor_is_killed(scene: Scene, rng: random.Random) -> str:
    worker = _worker(scene, rng)
    if worker is None:
        return "none was running"
    return _kill(scene, psutil.Process(worker.process.pid))


def one_is_stopped_beyond_its_lease(scene: Scene, rng: random.Random) -> str:
    worker = _worker(scene, rng)
    cluster = _cluster(scene, rng)
    if worker is None or not cluster:
        return "none was running"
    supervisor = psutil.Process(worker.process.pid)
    victim = rng.choice([supervisor, *cluster, *cluster[2:] * 3])
    seconds = LEASE + rng.uniform(0.2, 3)
    with suppress(psutil.NoSuchProcess):
        victim.send_signal(signal.SIGSTOP)
        try:
            scene.hold(seconds)
        finally:
            victim.send_signal(signal.SIGCONT)
    return f"{victim.pid} for {seconds:.1f} s"


def a_worker_is_deployed_anew(scene: Scene, rng: random.Random) -> str:
    """SIGTERM; whoever keeps it running starts it again."""
    worker = _worker(scene, rng)
    if worker is None:
        return "none was running"
    worker.process.terminate()
    return str(worker.process.pid)


def editors_are_killed(scene: Scene, rng: random.Random) -> str:
    editors = rng.choice(scene.crew.editors)
    return _kill(scene, psutil.Process(editors.process.pid))


def pages_are_killed(scene: Scene, rng: random.Random) -> str:
    """The process that answers; gunicorn starts another."""
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if "gunicorn" in " ".join(child.cmdline()):
                return " ".join(_kill(scene, process) for process in child.children())
    return "none was running"


def _worker(scene: Scene, rng: random.Random) -> WorkerProcess | None:
    workers = [worker for worker in scene.crew.workers if worker.process.poll() is None]
    return rng.choice(workers) if workers else None


def _cluster(scene: Scene, rng: random.Random) -> list[psutil.Process]:
    worker = _worker(scene, rng)
    return worker.cluster() if worker else []


def _kill(scene: Scene, process: psutil.Process) -> str:
    scene.kills += 1
    kill(process)
    return str(process.pid)
