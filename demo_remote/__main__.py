"""The command line: start the remote, say where it is, stop on SIGTERM or SIGINT."""

import argparse
import signal
import sqlite3
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from demo_remote.collection import decimal_text
from demo_remote.server import start


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal asks to stop. Exit codes: 0 stopped, 1 could not start."""
    options = _parser().parse_args(arguments)
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    try:
        running = start(
            options.database,
            options.token,
            options.port,
            host=options.host,
            seed_credit_limit=options.seed_credit_limit,
        )
    except (OSError, OverflowError, sqlite3.Error) as problem:
        sys.stderr.write(f"demo remote cannot start: {problem}\n")
        return 1
    with running:
        sys.stdout.write(f"demo remote ready at {running.url}\n")
        sys.stdout.flush()
        asked_to_stop.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m demo_remote",
        description="A small pretend ERP with fault switches. For trials and tests only.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8800, help="0 picks a free port")
    parser.add_argument("--database", type=Path, default=Path("var/demo_remote.sqlite3"))
    parser.add_argument("--token", type=_token, default="demo-token", help="the API's bearer token")
    parser.add_argument(
        "--seed-credit-limit",
        type=_credit_limit,
        default="5000.00",
        help="what a new customer's credit_limit starts at",
    )
    return parser


def _token(text: str) -> str:
    if not text or text != text.strip() or not text.isascii():
        raise argparse.ArgumentTypeError("must be ASCII text without outer spaces, not empty")
    return text


def _credit_limit(text: str) -> str:
    try:
        return decimal_text(text, places=2)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem


if __name__ == "__main__":
    sys.exit(main())
