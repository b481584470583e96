"""`python -m fake_phones.radio`: a network namespace for any phone, a real browser too, behind a radio."""

import argparse
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fake_phones.radio.air import Air
from fake_phones.radio.impairer import Impairer
from fake_phones.radio.namespaces import NoNamespaces, missing, sides
from fake_phones.radio.profiles import BadRadio, known, named
from fake_phones.radio.radio import Radio
from stand_alone import run

USAGE = 2


def options() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m fake_phones.radio",
        description="Two network namespaces with a radio between them. Needs root and /dev/net/tun. "
        "Run a phone in the first: ip netns exec NAMESPACE chromium …",
        epilog="Prints one JSON line when it is ready and ends when its standard input closes. Orders are "
        f"JSON lines on standard input, each answered by one: {_what_orders()}",
    )
    made.add_argument("--profile", default="4g", help=f"{', '.join(known())}, or a file (*.toml, *.csv)")
    made.add_argument("--seed", type=int, default=0, help="of its draws")
    made.add_argument(
        "--far-here",
        action="store_true",
        help="the far side is in this namespace, not in one of its own: for a service that is here",
    )
    made.add_argument("--forever", action="store_true", help="go on when standard input closes")
    made.add_argument("--list", action="store_true", help="show the profiles, and end")
    return made


def _what_orders() -> str:
    return " ".join((Impairer.obey.__doc__ or "").split())


class Station:
    """The program's one impairer, once it is there, and what standard input tells it."""

    def __init__(self, radio: Radio, seed: int, *, far_here: bool) -> None:
        self._radio, self._seed, self._far_here = radio, seed, far_here
        self._impairer: Impairer | None = None

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[dict[str, Any]]:
        """Both sides while the block runs, forwarding; yields where they are."""
        with sides(far_here=self._far_here) as made:
            self._impairer = Impairer(made, Air(self._radio, self._seed))
            async with self._impairer.forwarding():
                self._impairer.air.begin()
                yield {
                    "radio": self._radio.name,
                    "namespace": made.namespace,
                    "phone_address": made.phone_address(0),
                    "far_namespace": made.far_namespace,
                    "far_address": made.far_address,
                }

    def hear(self, line: bytes) -> None:
        """Do what a line says, and answer it."""
        try:
            order = json.loads(line)
        except (ValueError, RecursionError):
            order = None
        if self._impairer:
            print(json.dumps(self._impairer.obey(order)), flush=True)


def main() -> None:
    usage = options()
    chosen = usage.parse_args()
    if chosen.list:
        print("\n".join(f"{name:16} {named(name).what}" for name in known()))
        return
    try:
        radio = named(chosen.profile)
    except BadRadio as error:
        usage.error(str(error))
    if lacks := missing():
        usage.error(lacks)
    station = Station(radio, chosen.seed, far_here=chosen.far_here)
    try:
        run("fake_phones.radio", station.serving(), forever=chosen.forever, hear=station.hear)
    except NoNamespaces as error:
        print(f"fake_phones.radio: {error}", file=sys.stderr)
        raise SystemExit(USAGE) from None


if __name__ == "__main__":
    main()
