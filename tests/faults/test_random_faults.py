"""Many edits, one fault after the other, in an order that chance has chosen."""

import os
import random
import re
import threading
from collections import Counter

import pytest

from outbox.destinations import resume
from tests.faults.journey import (
    SetUrl,
    arrive,
    assert_repeated_alike,
    change,
    create,
    delete,
    is_paused,
)
from tests.faults.proxy import Fault, FaultProxy, Visit, passes_on
from tests.faults.ways_to_fail import (
    GZIP,
    HTML,
    announces_first,
    answers,
    answers_twice,
    applies_and,
    bomb,
    claims_a_length,
    cuts_a_body_of_no_length,
    cuts_the_body,
    cuts_the_chunks,
    cuts_the_head,
    drips,
    drops_the_reply,
    is_late,
    is_silent,
    leaves_after_the_reply,
    redirects,
    resets_after_applying,
    resets_in_the_body,
    resets_in_the_request,
    resets_on_arrival,
    stops_in_the_body,
)
from tests.outbox.situations import drain, pass_time
from tests.processes.ledger import DemoRemoteClient, judge

#: All that say nothing definite of a message: after such, its edit has exactly one effect.
FAULTS: list[Fault] = [
    *(is_silent, is_late(1), drips(every=0.02), stops_in_the_body),
    *(resets_on_arrival, resets_in_the_request, resets_after_applying, resets_in_the_body),
    leaves_after_the_reply,
    *(drops_the_reply, cuts_the_head, cuts_the_body, cuts_the_chunks, cuts_a_body_of_no_length),
    *(claims_a_length(more=100), claims_a_length(more=-100), answers_twice, announces_first(103)),
    *(answers(200, HTML), applies_and(answers(200, HTML)), answers(200, bomb(20), GZIP)),
    *(answers(408), answers(425), answers(500), applies_and(answers(502)), answers(504)),
    *(answers(429), answers(429, headers={"Retry-After": "1000000000"})),
    *(answers(503), applies_and(answers(503)), answers(401)),
    *(redirects(302, "http://127.0.0.1:9/"), applies_and(redirects(303, "http://127.0.0.1:9/"))),
]


class Strikes:
    """Each try of each edit may meet a fault: which, the seed says, not who is first."""

    def __init__(self, seed: int, chance: float) -> None:
        self._seed, self._chance = seed, chance
        self._tries: Counter[bytes] = Counter()
        self._lock = threading.Lock()
        self.struck = 0

    def __call__(self, visit: Visit) -> None:
        raw = visit.request().raw
        edit = re.sub(rb"(?im)^(host|idempotency-key):.*$", b"", raw)  # what differs between runs
        with self._lock:
            self._tries[edit] += 1
            rng = random.Random(b"%d %d %s" % (self._seed, self._tries[edit], edit))
            strikes = rng.random() < self._chance
            self.struck += strikes
        (rng.choice(FAULTS) if strikes else passes_on)(visit)


class Staff:
    """Edits ten customers at random: adds them, changes them, deletes them."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._present: set[str] = set()
        self.edits = 0

    def edit(self) -> None:
        key = f"C{self._rng.randrange(10)}"
        self.edits += 1
        if key not in self._present:
            create(key)
            self._present.add(key)
        elif self._rng.random() < 0.1:
            delete(key)
            self._present.remove(key)
        else:
            change(key, city=f"City {self.edits}")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_about_200_faults_during_300_edits(
    proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl
) -> None:
    seed = int(os.environ.get("SEED") or random.randrange(10**9))
    print(f"replay with SEED={seed}")
    set_url(proxy.url, deadline=0.3)
    staff, strikes = Staff(random.Random(seed)), Strikes(seed, chance=0.4)
    proxy.fault = strikes
    for _ in range(30):
        for _ in range(10):
            staff.edit()
        drain()
        if is_paused():
            resume("erp")
        pass_time(4000)
    proxy.fault = passes_on
    arrive()
    assert not judge(remote), judge(remote)
    assert_repeated_alike(proxy)
    assert strikes.struck > 100
