"""`python -m video_service`"""

import argparse
import logging
import os
import secrets
import tempfile

from lean_rtc import allow_loopback, self_test
from stand_alone import parser, run
from video_service.app import Settings, serving
from video_service.sessions import Times
from video_service.smpp_link import Account

LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::", "")


def address(text: str) -> tuple[str, int]:
    """`HOST:PORT` as a pair."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:2775")
    return host.strip("[]"), int(port)


def options() -> argparse.ArgumentParser:
    made = parser("video_service", "The reference video service: an SMS link, consent, one-way WebRTC video.")
    made.add_argument("--smpp", type=address, default="127.0.0.1:2775", metavar="HOST:PORT", help="the SMSC")
    made.add_argument("--smpp-system-id", default="lab113", help="our account at the SMSC")
    made.add_argument("--smpp-password", default="lab113", help="its password")
    made.add_argument("--sender", default="LAB113", help="what the caller sees as the sender of the SMS")
    made.add_argument("--sms-tries", type=int, default=6, help="tries per SMS before it has failed")
    made.add_argument("--key", help="the operator's key; else $LAB113_VIDEO_KEY, else a random one")
    made.add_argument(
        "--public-url", metavar="URL", help="where phones reach this service; own URL if left out"
    )
    made.add_argument("--database", metavar="URL", help="SQLAlchemy URL; a temporary SQLite file if left out")
    made.add_argument("--link-expires-s", type=float, default=900.0, help="how long an unused link works")
    made.add_argument(
        "--test-faults", action="store_true", help="allow POST /test/faults; never with real people"
    )
    return made


def main() -> None:
    usage = options()
    chosen = usage.parse_args()
    if chosen.host in EVERYWHERE and not chosen.public_url:
        usage.error(f"--host {chosen.host} is no address for a link: say --public-url http://ADDRESS:PORT")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for talkative in ("aioice", "aiortc", "video_service.smpplib"):
        logging.getLogger(talkative).setLevel(logging.ERROR)
    self_test()
    if chosen.host in LOOPBACK:
        allow_loopback()
    with tempfile.TemporaryDirectory(prefix="video_service-") as folder:
        run("video_service", serving(settings(chosen, folder)), forever=chosen.forever)


def settings(chosen: argparse.Namespace, folder: str) -> Settings:
    host, port = chosen.smpp
    return Settings(
        host=chosen.host,
        port=chosen.port,
        database=chosen.database or f"sqlite:///{folder}/video.db",
        smsc=Account(host, port, chosen.smpp_system_id, chosen.smpp_password, chosen.sender),
        key=chosen.key or os.environ.get("LAB113_VIDEO_KEY") or secrets.token_urlsafe(18),
        public_url=chosen.public_url,
        times=Times(link_expires_s=chosen.link_expires_s),
        sms_tries=chosen.sms_tries,
        test_faults=chosen.test_faults,
    )


if __name__ == "__main__":
    main()
