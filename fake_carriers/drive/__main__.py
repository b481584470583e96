"""`python -m fake_carriers.drive HOST:PORT`: load a message centre, print one JSON object."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import fields

from fake_carriers.drive import DriveError, Load, driven
from stand_alone import is_loopback

FAILED, INTERRUPTED = 1, 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit 0 all answered (and receipted) in time, 1 not all or no bind, 2 bad usage."""
    options = _options()
    given = options.parse_args(arguments)
    try:
        load = Load(**{field.name: getattr(given, field.name) for field in fields(Load)})
        if given.pin is not None:
            os.sched_setaffinity(0, {given.pin})
    except (ValueError, OverflowError) as error:
        options.error(str(error))
    except OSError as error:
        options.error(f"--pin {given.pin}: {error.strerror}; this program may use {os.sched_getaffinity(0)}")
    try:
        host, port = given.address
        report = asyncio.run(driven(host, port, load))
    except DriveError as error:
        print(f"fake_carriers.drive: {error}", file=sys.stderr)
        raise SystemExit(FAILED) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    print(json.dumps(report))
    answered = report["submitted"] == load.messages and not report["unanswered"]
    if not answered or (load.receipts and report["receipts"] < report["accepted"]):
        raise SystemExit(FAILED)


def _options() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m fake_carriers.drive",
        description="Submit SMS to a message centre on this machine, as fast as it takes them, and count.",
        epilog="Prints one JSON object. Exit 0: all is answered; 1: not all, or no bind; 2: bad usage.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    load = Load()
    made.add_argument("address", type=loopback, metavar="HOST:PORT", help="SMPP 3.4, on loopback")
    made.add_argument("--messages", type=int, default=load.messages, help="how many submit_sm")
    made.add_argument(
        "--sessions", type=int, default=load.sessions, help="connections, bound as transceivers"
    )
    made.add_argument("--window", type=int, default=load.window, help="unanswered submit_sm per session")
    made.add_argument("--numbers", type=int, default=load.numbers, help="how many different destinations")
    made.add_argument("--prefix", default=load.prefix, help="how the destinations begin")
    made.add_argument(
        "--receipts",
        action=argparse.BooleanOptionalAction,
        default=load.receipts,
        help="ask and wait for them",
    )
    made.add_argument("--system-id", default=load.system_id, help="account")
    made.add_argument("--password", default=load.password, help="its password")
    made.add_argument("--text", default=load.text, help="of every message; a long one is a message_payload")
    made.add_argument(
        "--rate", type=float, default=load.rate, help="submit_sm/s in all; 0: what windows allow"
    )
    made.add_argument("--limit-s", type=float, default=load.limit_s, help="give up after so many seconds")
    made.add_argument("--pin", type=int, metavar="CPU", help="run on this processor only")
    return made


def loopback(text: str) -> tuple[str, int]:
    """Host and port of an address on this machine. Raises argparse.ArgumentTypeError for any other."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:2775")
    if not is_loopback(host):
        raise argparse.ArgumentTypeError(
            f"{host!r} is not loopback: this load is for message centres on this machine only; give 127.0.0.1"
        )
    return ("127.0.0.1" if host == "localhost" else host), int(port)


if __name__ == "__main__":
    main()
