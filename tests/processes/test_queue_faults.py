"""A Redis that is killed, emptied, silent or full: edits are saved at once, messages come later."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus

import pytest
from django.conf import settings

from outbox.models import Message
from tests.processes.ledger import all_is_quiet, assert_all_arrived
from tests.processes.own_servers import OwnRedis
from tests.processes.programs import Program
from tests.processes.stack import RemoteProcess, running_web, running_worker, wait_until

#: How it begins and how it ends.
FAULTS: dict[str, tuple[Callable[[OwnRedis], object], Callable[[OwnRedis], object]]] = {
    "silent": (OwnRedis.halt, OwnRedis.go_on),
    "away": (OwnRedis.stop, OwnRedis.start),
    "full": (
        lambda server: server.client().config_set("maxmemory", "1"),
        lambda server: server.client().config_set("maxmemory", "0"),
    ),
}
#: Seconds that an edit may take.
AT_ONCE = 2.0


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    if not settings.REDIS_URL:
        pytest.skip("this is Redis's, and belongs to the run on Redis")
    server = OwnRedis()
    yield server
    server.go_on()
    server.stop()


def create(program: Program, number: str) -> None:
    started = time.monotonic()
    answer = program.create(number, name="Alfreds")
    assert time.monotonic() - started < AT_ONCE
    assert answer.status_code == HTTPStatus.CREATED


@pytest.mark.parametrize("fault", FAULTS)
def test_edits_are_saved_at_once(fault: str, own_redis: OwnRedis, stack: dict[str, str]) -> None:
    begin, end = FAULTS[fault]
    with (
        running_web(stack | {"REDIS_URL": own_redis.url}) as address,
        closing(Program(address)) as program,
    ):
        begin(own_redis)
        for number in "ABC":
            create(program, number)
        end(own_redis)
    assert Message.objects.count() == 3


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_edits_arrive_when_it_is_well_again(
    own_redis: OwnRedis, stack: dict[str, str], remote: RemoteProcess
) -> None:
    env = stack | {"REDIS_URL": own_redis.url}
    with running_web(env) as address, closing(Program(address)) as program:
        create(program, "emptied")
        assert own_redis.client().llen(f"django_q:{settings.QUEUE_NAME}:q") == 1
        own_redis.client().flushall()
        with contextmanager(running_worker)(env):
            wait_until(all_is_quiet, seconds=30, what="all arrives though Redis was emptied")
            for fault, (begin, end) in FAULTS.items():
                begin(own_redis)
                create(program, fault)
                end(own_redis)
                wait_until(all_is_quiet, seconds=30, what=f"all arrives though Redis was {fault}")
    assert_all_arrived(remote)
