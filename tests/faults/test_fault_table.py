"""The table of what a remote may do wrong, and what becomes of the edits it is sent meanwhile.

Each row goes the whole way: customers are edited, a drain sends the edits through a proxy to the
demo remote, the proxy goes wrong, the attempts are looked at, the fault ends, time passes, and the
ledger of the remote is judged.
"""

import gzip

import pytest

from tests.faults.journey import (
    DEADLINE,
    NO_HURRY,
    Expected,
    SetUrl,
    Then,
    all_end,
    case,
    prepare,
    travel,
    trouble,
)
from tests.faults.proxy import Fault, FaultProxy, passes_on
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
    drips_the_body,
    drops_the_reply,
    is_deaf,
    is_late,
    is_silent,
    resets_after_applying,
    resets_in_the_body,
    resets_in_the_request,
    resets_on_arrival,
    says,
    sends_megabytes,
    sends_without_end,
    stops_in_the_body,
    writes,
)
from tests.processes.ledger import DemoRemoteClient

DELIVERED = all_end(Then.DELIVERED, applied=True)
UNKNOWN = all_end(Then.UNKNOWN)
UNKNOWN_BUT_APPLIED = all_end(Then.UNKNOWN, applied=True)
RETRY = all_end(Then.RETRY)
REJECTED = all_end(Then.REJECTED)
WAITS = all_end(Then.WAITS)
#: A delete that is answered oddly is looked up: the remote has the record no more.
FOUND_DELETED = Expected(
    create=Then.UNKNOWN, update=Then.UNKNOWN, delete=Then.DELIVERED, applied=True
)
WAITS_BUT_APPLIED = all_end(Then.WAITS, applied=True)
PAUSED = all_end(Then.WAITS, paused=True)

ERROR = {"error": "internal", "detail": "Something went wrong."}
OTHER = {"customer_no": "OTHER", "id": "C-1"}

TABLE: dict[str, dict[str, tuple[Fault, Expected]]] = {
    "odd, but in time": {
        "no fault": (passes_on, DELIVERED),
        "late": (is_late(0.1), DELIVERED),
        "byte by byte": (drips(every=0), DELIVERED),
        "the reply twice": (answers_twice, DELIVERED),
        "103 Early Hints before the reply": (announces_first(103), DELIVERED),
    },
    "slow": {
        "late": (is_late(3), UNKNOWN_BUT_APPLIED),
        "head drips": (drips(every=0.02), UNKNOWN_BUT_APPLIED),
        "body drips": (drips_the_body(every=0.02), UNKNOWN_BUT_APPLIED),
        "half a body, then nothing": (stops_in_the_body, UNKNOWN_BUT_APPLIED),
        "silent": (is_silent, UNKNOWN),
        "accepts, never reads": (is_deaf, UNKNOWN),
        "headers without end": (
            sends_without_end(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
            UNKNOWN,
        ),
        "interim replies without end": (
            sends_without_end(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
            UNKNOWN,
        ),
    },
    "cut off": {
        "reset on arrival": (resets_on_arrival, UNKNOWN),
        "reset in the request": (resets_in_the_request, UNKNOWN),
        "reset instead of the reply": (resets_after_applying, UNKNOWN_BUT_APPLIED),
        "reset in the reply": (resets_in_the_body, UNKNOWN_BUT_APPLIED),
        "closed instead of the reply": (drops_the_reply, UNKNOWN_BUT_APPLIED),
        "half a head": (cuts_the_head, FOUND_DELETED),
        "half a body": (cuts_the_body, UNKNOWN_BUT_APPLIED),
        "half a body of no stated length": (cuts_a_body_of_no_length, FOUND_DELETED),
        "the last chunk is missing": (cuts_the_chunks, UNKNOWN_BUT_APPLIED),
        "Content-Length too large": (claims_a_length(more=100), UNKNOWN_BUT_APPLIED),
        "Content-Length too small": (claims_a_length(more=-100), FOUND_DELETED),
    },
    "2xx of another shape": {
        "200 with a page": (answers(200, HTML, {"Content-Type": "text/html"}), UNKNOWN),
        "200 with a page, to writes": (writes(answers(200, HTML)), UNKNOWN),
        "200 with an error": (answers(200, ERROR), UNKNOWN),
        "200 with another record": (answers(200, OTHER), UNKNOWN),
        "200 with a list": (answers(200, b'[{"customer_no": "ALFKI"}]'), UNKNOWN),
        "200 with half of UTF-8": (answers(200, b'{"customer_no": "\xc3'), UNKNOWN),
        "200 with nothing": (answers(200), UNKNOWN),
        "202 with nothing": (answers(202), UNKNOWN),
        "applied, 200 with a page": (applies_and(answers(200, HTML)), UNKNOWN_BUT_APPLIED),
        "applied, 200 with another record": (applies_and(answers(200, OTHER)), UNKNOWN_BUT_APPLIED),
        "applied, 200 with nothing": (writes(applies_and(answers(200))), FOUND_DELETED),
        "applied, 204": (writes(applies_and(answers(204))), FOUND_DELETED),
        "no HTTP": (says(b"\x15\x03\x01\x00\x02\x02\x16"), UNKNOWN),
    },
    "too large": {
        "200 MB": (sends_megabytes(200), UNKNOWN),
        "200 MB, packed a thousandfold": (answers(200, bomb(200), GZIP), UNKNOWN),
        "a bomb in a bomb": (
            answers(200, gzip.compress(bomb(200)), {"Content-Encoding": "gzip, gzip"}),
            UNKNOWN,
        ),
        "gzip that is none": (answers(200, HTML, GZIP), UNKNOWN),
    },
    "it failed": {
        "408": (answers(408), RETRY),
        "425": (answers(425), RETRY),
        "500": (answers(500, ERROR), RETRY),
        "502": (answers(502, HTML), RETRY),
        "504": (answers(504, HTML), RETRY),
        "applied, 500": (applies_and(answers(500)), all_end(Then.RETRY, applied=True)),
        "applied, 504": (applies_and(answers(504)), all_end(Then.RETRY, applied=True)),
    },
    "it takes nothing now": {
        "429": (answers(429), WAITS),
        "503": (answers(503), WAITS),
        "applied, 503": (applies_and(answers(503)), WAITS_BUT_APPLIED),
    },
    "it refuses everybody": {
        "401": (answers(401), PAUSED),
        "403, to a ping too": (answers(403), PAUSED),
        "404, to a ping too": (answers(404), PAUSED),
        "403, and a ping is redirected": (
            lambda visit: answers(302 if visit.head().startswith(b"GET ") else 403)(visit),
            PAUSED,
        ),
    },
    "it refuses this": {
        "400": (answers(400, ERROR), REJECTED),
        "403": (writes(answers(403)), REJECTED),
        "404": (
            writes(answers(404)),
            Expected(create=Then.REJECTED, update=Then.REJECTED, delete=None),
        ),
        "409": (answers(409), REJECTED),
        "410": (
            answers(410),
            Expected(create=Then.REJECTED, update=Then.REJECTED, delete=None),
        ),
        "412": (answers(412), REJECTED),
        "413": (answers(413, HTML), REJECTED),
        "422": (answers(422, {"detail": "No such state."}), REJECTED),
    },
    "it never had it, or has it no more": {
        "applied, 404 to a delete": (
            writes(applies_and(answers(404))),
            Expected(create=None, update=None, delete=Then.DELIVERED, applied=True),
        ),
        "applied, 410 to a delete": (
            writes(applies_and(answers(410))),
            Expected(create=None, update=None, delete=Then.DELIVERED, applied=True),
        ),
    },
}


@pytest.mark.parametrize("section", TABLE)
def test_what_becomes_of_edits_in_trouble(
    section: str, proxy: FaultProxy, remote: DemoRemoteClient, set_url: SetUrl
) -> None:
    set_url(proxy.url, deadline=DEADLINE if section == "slow" else NO_HURRY)
    prepare(*range(len(TABLE[section])))
    for number, (name, (fault, expected)) in enumerate(TABLE[section].items()):
        with case(name):
            travel(expected, trouble(proxy, fault), proxy, remote, number)
