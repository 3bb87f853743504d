"""What the proxy can do wrong: each is a `Fault`, or makes one."""

import json
import re
import struct
import time
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from tests.faults.proxy import END_OF_HEAD, Fault, Visit, passes_on

MEBIBYTE = 1024 * 1024
HTML = b"<!doctype html><title>Welcome</title><h1>It works!</h1>"
GZIP = {"Content-Encoding": "gzip"}
GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
END_OF_PACKED = b"\x03\0"

# Whom a fault strikes ---------------------------------------------------------------------------


def writes(fault: Fault) -> Fault:
    """Pings and look-ups are answered well."""
    return lambda visit: (passes_on if visit.head().startswith(b"GET ") else fault)(visit)


def record(key: str, fault: Fault) -> Fault:
    """Only requests that name the key."""
    return lambda visit: (fault if key.encode() in visit.request().raw else passes_on)(visit)


# The connection ---------------------------------------------------------------------------------


def resets_on_arrival(visit: Visit) -> None:
    """RST at the first byte, none of which has been read."""
    visit.reset()


def resets_in_the_request(visit: Visit) -> None:
    """RST when half of the body has reached the remote; of a delete, half of the head."""
    whole = visit.request().raw
    head_length = len(visit.head())
    has_body = len(whole) > head_length
    half = (head_length + len(whole)) // 2 if has_body else head_length // 2
    with visit.connected_to_remote() as remote:
        remote.sendall(whole[:half])
    visit.reset()


def resets_after_applying(visit: Visit) -> None:
    visit.reply()
    visit.reset()


def drops_the_reply(visit: Visit) -> None:
    """FIN instead of a reply, after the remote has applied the request."""
    visit.reply()


def leaves_after_the_reply(visit: Visit) -> None:
    """FIN after a whole reply that promised to keep the connection."""
    visit.send(visit.reply())


def is_silent(visit: Visit) -> None:
    """Takes the request, passes nothing on, never answers."""
    visit.request()
    visit.wait()


def is_deaf(visit: Visit) -> None:
    """Accepts, and never reads."""
    visit.wait_for_the_end()


# A reply of the remote, spoilt ------------------------------------------------------------------


def is_late(seconds: float) -> Fault:
    def fault(visit: Visit) -> None:
        reply = visit.reply()
        visit.wait(seconds)
        visit.send(reply)
        visit.stays_open = True

    return fault


def drips(*, every: float) -> Fault:
    """The reply byte by byte, from its first one on."""

    def fault(visit: Visit) -> None:
        _drip(visit, visit.reply(), every)
        visit.stays_open = True

    return fault


def drips_the_body(*, every: float) -> Fault:
    def fault(visit: Visit) -> None:
        head, body = _parts(visit.reply())
        visit.send(head)
        _drip(visit, body, every)

    return fault


def _drip(visit: Visit, data: bytes, every: float) -> None:
    for byte in data:
        visit.send(bytes([byte]))
        time.sleep(every)


def cuts_the_head(visit: Visit) -> None:
    head, _ = _parts(visit.reply())
    visit.send(head[: len(head) // 2])


def cuts_the_body(visit: Visit) -> None:
    head, body = _parts(visit.reply())
    visit.send(head + body[: len(body) // 2])


def stops_in_the_body(visit: Visit) -> None:
    """Half of it, and then nothing, not even an end."""
    cuts_the_body(visit)
    visit.wait()


def resets_in_the_body(visit: Visit) -> None:
    cuts_the_body(visit)
    visit.reset()


def cuts_a_body_of_no_length(visit: Visit) -> None:
    """Half a body that ends with the connection: nothing but its text says that it is cut."""
    head, body = _parts(visit.reply())
    head = re.sub(rb"(?i)content-length: *\d+\r\n", b"", head)
    visit.send(head + body[: len(body) // 2])


def cuts_the_chunks(visit: Visit) -> None:
    """Chunked, without the last chunk."""
    head, body = _parts(visit.reply())
    head = re.sub(rb"(?i)content-length: *\d+", b"Transfer-Encoding: chunked", head)
    visit.send(head + b"%x\r\n%s\r\n" % (len(body), body))


def claims_a_length(*, more: int) -> Fault:
    """A Content-Length that is wrong by so many bytes; the body is whole."""

    def fault(visit: Visit) -> None:
        head, body = _parts(visit.reply())
        wrong = b"Content-Length: %d" % max(0, len(body) + more)
        visit.send(re.sub(rb"(?i)content-length: *\d+", wrong, head) + body)
        visit.stays_open = more < 0  # what is too much would be taken for the next reply

    return fault


def answers_twice(visit: Visit) -> None:
    """The reply, and a copy of it that a careless client takes for the answer to its next one."""
    visit.send(visit.reply() * 2)
    visit.stays_open = True


def announces_first(status: int) -> Fault:
    """An interim reply before the real one (RFC 9110, 15.2)."""

    def fault(visit: Visit) -> None:
        reply = visit.reply()
        visit.send(b"HTTP/1.1 %d Interim\r\nLink: </style.css>\r\n\r\n" % status)
        time.sleep(0.02)
        visit.send(reply)
        visit.stays_open = True

    return fault


# Another reply ----------------------------------------------------------------------------------


def answers(
    status: int, body: bytes | Mapping[str, Any] = b"", headers: Mapping[str, str] | None = None
) -> Fault:
    """The proxy itself; the remote never hears of the request."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} So", f"Content-Length: {len(data)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    reply = "\r\n".join([*lines, "", ""]).encode("latin-1") + data

    def fault(visit: Visit) -> None:
        visit.request()
        visit.send(reply)
        visit.stays_open = True

    return fault


def applies_and(answer: Fault) -> Fault:
    """The remote applies the request; the client is answered something else."""

    def fault(visit: Visit) -> None:
        visit.reply()
        answer(visit)

    return fault


def redirects(status: int, to: str) -> Fault:
    return answers(status, headers={"Location": to})


def says(data: bytes) -> Fault:
    """Bytes that need not be HTTP."""

    def fault(visit: Visit) -> None:
        visit.request()
        visit.send(data)

    return fault


def sends_without_end(start: bytes, again: bytes) -> Fault:
    """`again` and again, until the client has had enough."""

    def fault(visit: Visit) -> None:
        visit.request()
        visit.send(start)
        while True:  # ends by the client's leaving
            visit.send(again)

    return fault


def sends_megabytes(count: int) -> Fault:
    """A whole reply of so many MiB, for who would read it."""

    def fault(visit: Visit) -> None:
        visit.request()
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (count * MEBIBYTE))
        for _ in range(count * 16):
            visit.send(b" " * (MEBIBYTE // 16))

    return fault


@cache
def bomb(megabytes: int) -> bytes:
    """So many MiB of spaces, as gzip (RFC 1952): a thousandth of that."""
    spaces, crc = b" " * MEBIBYTE, 0
    for _ in range(megabytes):
        crc = zlib.crc32(spaces, crc)
    packer = zlib.compressobj(wbits=-15)
    # Flushed in full, it knows nothing of what came before: each MiB is packed alike.
    packed = packer.compress(spaces) + packer.flush(zlib.Z_FULL_FLUSH)
    trailer = struct.pack("<II", crc, megabytes * MEBIBYTE)
    return GZIP_HEAD + packed * megabytes + END_OF_PACKED + trailer


def _parts(reply: bytes) -> tuple[bytes, bytes]:
    """Head, with the empty line, and body."""
    head, end, body = reply.partition(END_OF_HEAD)
    return head + end, body
