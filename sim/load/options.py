"""The options of the lab on locust's command line, and what the guard says to them."""

import argparse
import os
from pathlib import Path
from typing import Any

from locust.argument_parser import LocustArgumentParser

from sim.guard import Refused, loopback_only, private_only
from sim.load.child import program
from stand_alone import is_loopback

TARGET_KEY = "LAB113_TARGET_KEY"  # the country reads it there; a command line is for every process list


def add_options(parser: LocustArgumentParser) -> None:
    # on the command line and in the web form
    parser.add_argument("--scenario", default="", help="scenario file (TOML); a worker needs none")
    parser.add_argument("--seed", default=None, type=_seed, help="instead of the scenario's own seed")
    # on the command line only
    add = parser.add_argument_group("lab113").add_argument
    add("--report", default="runs", help="where the run folder goes")
    add("--farm-workers", default=1, type=int, help="media processes of each locust worker")
    add(
        "--country-host",
        default="127.0.0.1",
        type=_guarded(private_only, "--country-host"),
        help="the address that other machines reach this one by (private networks only)",
    )
    add("--arrivals-only", action="store_true", help="place the calls, tell no story")
    add("--target", type=_guarded(loopback_only, "--target"), help="another video service, by its URL")
    add("--target-key", help=f"the control room's key at the target; better in {TARGET_KEY}")
    add("--carriers", type=_guarded(loopback_only, "--carriers"), help="carriers that run already")
    add("--finish-s-max", default=1800.0, type=float, help="from the last arrival to the last end")
    add("--progress-fd", default=None, type=int, help=argparse.SUPPRESS)
    # nobody else should start tests here, or read the country's token
    parser.set_defaults(web_host="127.0.0.1", master_bind_host="127.0.0.1")


def guarded(options: Any) -> None:
    """Once more when a test starts: the web form may have set any of them. Raises Refused."""
    private_only(options.country_host, "--country-host")
    for name in ("target", "carriers"):
        if value := getattr(options, name):
            loopback_only(value, f"--{name}")
    if not options.scenario:
        raise Refused("--scenario is missing: say which calls to place, as in --scenario FILE.toml")
    if not Path(options.scenario).is_file():
        raise Refused(f"--scenario {options.scenario}: there is no such file")


def hide_the_key(options: Any) -> None:
    """Locust sends every option to every worker and shows them: this one stays here."""
    if options.target_key:
        os.environ[TARGET_KEY], options.target_key = options.target_key, None


def country_argv(options: Any) -> list[str]:
    optional = {
        "--seed": options.seed,
        "--report": options.report,
        "--host": None if is_loopback(options.country_host) else options.country_host,
        "--target": options.target,
        "--carriers": options.carriers,
    }
    return [
        *program("sim.load.country", "LAB113_LOAD_COUNTRY"),
        options.scenario,
        *(word for name, value in optional.items() if value not in (None, "") for word in (name, str(value))),
        *(["--arrivals-only"] if options.arrivals_only else []),
    ]


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed: 0 to 2**63 - 1")
    return int(text)


def _guarded(rule: Any, option: str) -> Any:
    def check(text: str) -> str:
        try:
            return str(rule(text, option))
        except Refused as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return check
