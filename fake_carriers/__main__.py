"""`python -m fake_carriers`: SMS carriers to bind to, and handsets that get the messages."""

import argparse
import gc
import os
import secrets
import ssl
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from fake_carriers.carriers import DEFAULT_FILE, CarrierError, load_carriers, nearest
from fake_carriers.durable import StoreError
from fake_carriers.fate import Carrier
from fake_carriers.serving import Options, serving
from stand_alone import parser, run

USAGE = 2
LOOPBACK = ("127.0.0.1", "::1", "localhost")
GATEWAY_KEY = "LAB113_SMS_GATEWAY_KEY"


def options() -> argparse.ArgumentParser:
    made = parser(
        "fake_carriers",
        "SMS carriers: an SMPP 3.4 message centre each, an HTTP gateway, and the handsets behind them.",
    )
    made.add_argument(
        "--carriers", type=Path, default=DEFAULT_FILE, metavar="FILE", help="TOML with [[carriers]]"
    )
    made.add_argument("--seed", type=int, default=113, help="seed of every message's fate")
    for name, what in (("--smpp-port", "SMPP port"), ("--smpps-port", "TLS port")):
        made.add_argument(
            name,
            type=_port,
            action="append",
            default=[],
            metavar="NAME=PORT",
            help=f"{what} of one carrier (repeat it); the others take a free one",
        )
    made.add_argument("--tls", action="store_true", help="each carrier on a TLS port too")
    made.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate (PEM); else one is made")
    made.add_argument("--tls-key", type=Path, metavar="FILE", help="its key")
    made.add_argument("--store", type=Path, metavar="FILE", help="the durable queue (SQLite); else none")
    made.add_argument(
        "--handsets",
        choices=("simulated", "attached"),
        default="simulated",
        help="every number is a phone that is on, or off until one connects to /handsets/NUMBER",
    )
    made.add_argument("--gateway-key", help=f"the HTTP gateway's key; else ${GATEWAY_KEY}, else a random one")
    made.add_argument(
        "--receipts-anywhere",
        action="store_true",
        help="the gateway's receipt_url may be on another machine; else only on this one",
    )
    made.add_argument(
        "--aml-url", type=_loopback, metavar="URL", help="where a phone that rings 113 posts its location"
    )
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    usage = options()
    given = usage.parse_args(arguments)
    try:
        carriers = load_carriers(given.carriers)
    except CarrierError as error:
        usage.error(str(error))
    smpp_ports = _ports(usage, "--smpp-port", given.smpp_port, carriers)
    smpps_ports = _ports(usage, "--smpps-port", given.smpps_port, carriers)
    chosen = Options(
        seed=given.seed,
        host=given.host,
        port=given.port,
        smpp_ports=smpp_ports,
        smpps_ports=smpps_ports,
        tls=given.tls or bool(smpps_ports) or given.tls_cert is not None,
        certificate=_certificate(usage, given.tls_cert, given.tls_key),
        store=given.store,
        simulated=given.handsets == "simulated",
        gateway_key=given.gateway_key or os.environ.get(GATEWAY_KEY) or secrets.token_urlsafe(18),
        aml_url=given.aml_url,
        receipts_anywhere=given.receipts_anywhere,
    )
    _settle()
    try:
        run("fake_carriers", serving(carriers, chosen), forever=given.forever)
    except StoreError as error:
        print(f"fake_carriers: {error}", file=sys.stderr)
        raise SystemExit(USAGE) from None


def _settle() -> None:
    """What is loaded stays, what comes lives for seconds: look for garbage every 50 000 objects, not 700.

    A message and its parts know each other, so only the collector frees them: it must not be off.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 5, 5)


def _ports(
    usage: argparse.ArgumentParser, option: str, given: Sequence[tuple[str, int]], carriers: Sequence[Carrier]
) -> Mapping[str, int]:
    names = [carrier.name for carrier in carriers]
    for name, _ in given:
        if name not in names:
            usage.error(f"{option}: no carrier {name!r}: did you mean {nearest(name, names)!r}?")
    return dict(given)


def _certificate(
    usage: argparse.ArgumentParser, certificate: Path | None, key: Path | None
) -> tuple[Path, Path] | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        usage.error("--tls-cert and --tls-key go together")
    for path in (certificate, key):
        if not path.is_file():
            usage.error(f"{path}: no such file")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        usage.error(f"--tls-cert {certificate} and --tls-key {key} are no pair in PEM: {error}")
    return certificate, key


def _loopback(text: str) -> str:
    """An invented position must never reach a real emergency centre."""
    if urlsplit(text).hostname not in LOOPBACK:
        raise argparse.ArgumentTypeError(f"{text!r} is not on this machine: it must be http(s)://127.0.0.1…")
    return text


def _port(text: str) -> tuple[str, int]:
    name, _, port = text.rpartition("=")
    if not name or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=PORT, such as telenor=2775")
    return name, int(port)


if __name__ == "__main__":
    main()
