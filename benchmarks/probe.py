"""`python -m benchmarks.probe NAME`: run a probe; and `run_probe`, which starts it and listens."""

import json
import sys
from importlib import import_module
from typing import Any

import django

from benchmarks.contenders.base import Contender


def run_probe(contender: Contender, name: str, env: dict[str, str], **said: Any) -> Any:
    """What it found. Raises Crashed."""
    child = contender.child("-m", "benchmarks.probe", name, env=env, piped=True)
    try:
        child.tell(json.dumps(said))
        return json.loads(child.hear())
    finally:
        contender.children.remove(child)
        child.stop()


if __name__ == "__main__":
    django.setup()
    found = import_module(f"benchmarks.probes.{sys.argv[1]}").main(json.loads(sys.stdin.readline()))
    sys.stdout.write(json.dumps(found) + "\n")
