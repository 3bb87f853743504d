"""One soak on one database, which is empty: the settings of Django say which."""

import argparse
import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.core.management import call_command
from django.db import connection

from accounts.models import ApiToken
from outbox.models import Message
from records.context import Source
from records.models import Change
from tests.people import person
from tests.processes.stack import RemoteProcess, environment
from tests.soak.crew import Crew
from tests.soak.findings import find, numbers, timeline, unsettled
from tests.soak.keeping import keep_tables
from tests.soak.nemesis import Nemesis
from tests.soak.operators import replay_all_dead, resume_if_paused
from tests.soak.orphans import adopt_orphans, end_all_children, end_with_parent, stop_on_signals
from tests.soak.plan import SHORT_WAITS, Plan, make_plan
from tests.soak.scene import Scene, now, patiently
from tests.soak.watch import Watch

# Seconds.
QUIET_WITHIN: Final = 120.0
SAY_EVERY: Final = 15.0
#: Processes that edit.
EDITORS: Final = 2
#: `run_worker` processes, at most.
WORKERS: Final = 2


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 where nothing was wrong. Writes `result.json` into the folder."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args(arguments)
    stop_on_signals()
    end_with_parent()
    adopt_orphans()
    try:
        plan = make_plan(options.seed, options.minutes * 60, workers=WORKERS)
        result = Soak(plan, options.folder).run()
    except KeyboardInterrupt:
        return 130
    finally:
        end_all_children()
    (options.folder / "result.json").write_text(json.dumps(result, indent=1))
    return int(bool(result["wrong"]))


@dataclass
class Soak:
    plan: Plan
    folder: Path
    started: float = field(default_factory=time.monotonic)

    def run(self) -> dict[str, object]:
        call_command("migrate", verbosity=0)
        remote = RemoteProcess(self.folder)
        crew = Crew(environment(remote, **SHORT_WAITS), self.folder)
        crew.own.add(remote.process.pid)
        scene = Scene(self.plan, remote, crew)
        scene.set_faults()
        try:
            result = self._run(scene)
            crew.stop_workers()
            return result
        finally:
            crew.close()

    def _run(self, scene: Scene) -> dict[str, object]:
        self.say(f"{self.plan.workers} workers" + ", a forgetful remote" * self.plan.forgetful)
        scene.crew.start()
        login = _person_who_may_edit()
        first, *later = self.plan.phases
        scene.crew.start_workers(self.plan.workers, first.settings)
        scene.crew.start_editors(EDITORS, login | {"SOAK_SEED": str(self.plan.seed)})
        watch, nemesis = Watch(), Nemesis(scene)
        began, began_at = time.monotonic(), now()
        watch.start()
        nemesis.start()
        try:
            self.say(f"1: {first}")
            self._wait(first.seconds)
            for number, phase in enumerate(later, start=2):
                with scene.trouble("all workers are deployed anew", str(phase)):
                    scene.crew.start_workers(self.plan.workers, phase.settings)
                self.say(f"{number}: {phase}")
                self._wait(phase.seconds)
        finally:
            nemesis.stop()
            watch.stop()
        scene.crew.stop_editors()
        seconds = time.monotonic() - began
        self._heal(scene)
        findings = find(scene, self.folder, nemesis.failures)
        if findings:
            keep_tables(scene.remote, self.folder)
        return {
            "wrong": bool(findings),
            "findings": findings.as_json(),
            "numbers": numbers(scene, watch, self.folder, seconds=seconds),
            "phases": [str(phase) for phase in self.plan.phases],
            "troubles": timeline(scene.troubles, began_at),
        }

    def _heal(self, scene: Scene) -> None:
        """Do what operators do, until all is quiet."""
        self.say("healing")
        scene.set_faults()
        give_up_at = time.monotonic() + QUIET_WITHIN
        while time.monotonic() < give_up_at:
            resume_if_paused(scene)
            replay_all_dead(scene)
            if not patiently(unsettled):
                self.say("quiet")
                return
            time.sleep(0.5)
        self.say("not quiet")

    def _wait(self, seconds: float) -> None:
        give_up_at = time.monotonic() + seconds
        while (left := give_up_at - time.monotonic()) > 0:
            time.sleep(min(left, SAY_EVERY))
            edits = patiently(Change.objects.exclude(source=Source.INBOUND).count)
            self.say(f"{edits} edits, {patiently(Message.objects.pending().count)} waiting")

    def say(self, what: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self.started), 60)
        print(f"{connection.vendor} {minutes}:{seconds:02}  {what}", flush=True)


def _person_who_may_edit() -> dict[str, str]:
    """How editors log in to the pages and to the API."""
    password = secrets.token_urlsafe()
    user = person("soak", "editor", "uploader", password=password)
    _, token = ApiToken.objects.create(user=user, name="soak", expiry=timedelta(days=1))  # type: ignore[no-untyped-call]
    return {"SOAK_PASSWORD": password, "SOAK_TOKEN": token}
