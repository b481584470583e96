"""`python -m fake_carriers`: SMS carriers to bind to, and handsets that get the messages."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fake_carriers.carriers import DEFAULT_FILE, CarrierError, load_carriers, nearest
from fake_carriers.serving import serving
from stand_alone import parser, run


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(
        "fake_carriers", "SMS carriers: an SMPP 3.4 message centre each, with handsets behind them."
    )
    options.add_argument(
        "--carriers", type=Path, default=DEFAULT_FILE, metavar="FILE", help="TOML with [[carriers]]"
    )
    options.add_argument("--seed", type=int, default=113, help="seed of every message's fate")
    options.add_argument(
        "--smpp-port",
        type=_port,
        action="append",
        default=[],
        metavar="NAME=PORT",
        help="SMPP port of one carrier (repeat it); the others take a free one",
    )
    given = options.parse_args(arguments)
    try:
        carriers = load_carriers(given.carriers)
    except CarrierError as error:
        options.error(str(error))
    names = [carrier.name for carrier in carriers]
    for name, _ in given.smpp_port:
        if name not in names:
            options.error(f"--smpp-port: no carrier {name!r}: did you mean {nearest(name, names)!r}?")
    serve = serving(
        carriers, seed=given.seed, host=given.host, port=given.port, smpp_ports=dict(given.smpp_port)
    )
    run("fake_carriers", serve, forever=given.forever)


def _port(text: str) -> tuple[str, int]:
    name, _, port = text.rpartition("=")
    if not name or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=PORT, such as telenor=2775")
    return name, int(port)


if __name__ == "__main__":
    main()
