"""`python -m video_service`"""

import argparse
import logging
import os
import secrets
import tempfile
from urllib.parse import urlsplit

from lean_rtc import allow_loopback, self_test
from stand_alone import parser, run
from video_service.app import Settings, serving
from video_service.gateway_route import Gateway
from video_service.outbox import GIVE_UP_S
from video_service.sessions import Times
from video_service.smpp_link import Account

LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::", "")
SMSC = ("127.0.0.1", 2775)


def address(text: str) -> tuple[str, int]:
    """`HOST:PORT` as a pair."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:2775")
    return host.strip("[]"), int(port)


def base_url(text: str) -> str:
    """An http or https URL."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(f"{text!r} is not a URL such as http://127.0.0.1:8080")
    return text


def gateway_key(chosen: argparse.Namespace) -> str:
    return str(chosen.sms_gateway_key or os.environ.get("LAB113_SMS_GATEWAY_KEY") or "")


def admin_key(chosen: argparse.Namespace) -> str:
    return str(chosen.admin_key or os.environ.get("LAB113_VIDEO_ADMIN_KEY") or "")


def options() -> argparse.ArgumentParser:
    made = parser("video_service", "The reference video service: an SMS link, consent, one-way WebRTC video.")
    _sms_options(made)
    made.add_argument("--key", help="the operator's key; else $LAB113_VIDEO_KEY, else a random one")
    made.add_argument(
        "--admin-key", help="the administrator's key; else $LAB113_VIDEO_ADMIN_KEY, else a random one"
    )
    made.add_argument(
        "--public-url", metavar="URL", help="where phones reach this service; own URL if left out"
    )
    made.add_argument("--database", metavar="URL", help="SQLAlchemy URL; a temporary SQLite file if left out")
    made.add_argument("--link-expires-s", type=float, default=900.0, help="how long an unused link works")
    made.add_argument(
        "--unsafe-faults", action="store_true", help="allow POST /unsafe/faults; never with real people"
    )
    return made


def _sms_options(made: argparse.ArgumentParser) -> None:
    way = made.add_mutually_exclusive_group()
    way.add_argument(
        "--smpp",
        type=address,
        action="append",
        metavar="HOST:PORT",
        help=f"an SMSC; again for a further one, in order of preference; {SMSC[0]}:{SMSC[1]} if left out",
    )
    way.add_argument("--sms-gateway", type=base_url, metavar="URL", help="an HTTP gateway instead of SMPP")
    made.add_argument("--sms-gateway-key", metavar="KEY", help="its key; else $LAB113_SMS_GATEWAY_KEY")
    made.add_argument("--smpp-system-id", default="lab113", help="our account at each SMSC")
    made.add_argument("--smpp-password", default="lab113", help="its password")
    made.add_argument("--sender", default="LAB113", help="what the caller sees as the sender of the SMS")
    made.add_argument(
        "--sms-give-up-s",
        type=float,
        default=GIVE_UP_S,
        help="an SMS that nobody takes by then has failed",
    )


def main() -> None:
    usage = options()
    chosen = usage.parse_args()
    if chosen.sms_gateway and not gateway_key(chosen):
        usage.error("--sms-gateway needs its key: say --sms-gateway-key, or set $LAB113_SMS_GATEWAY_KEY")
    if admin_key(chosen) and admin_key(chosen) == (chosen.key or os.environ.get("LAB113_VIDEO_KEY")):
        usage.error("the administrator's key must be another than the operator's: say another --admin-key")
    if chosen.host in EVERYWHERE and not chosen.public_url:
        usage.error(f"--host {chosen.host} is no address for a link: say --public-url http://ADDRESS:PORT")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for talkative in ("aioice", "aiortc", "httpx", "video_service.smpplib"):
        logging.getLogger(talkative).setLevel(logging.ERROR)
    self_test()
    if chosen.host in LOOPBACK:
        allow_loopback()
    with tempfile.TemporaryDirectory(prefix="video_service-") as folder:
        run("video_service", serving(settings(chosen, folder)), forever=chosen.forever)


def settings(chosen: argparse.Namespace, folder: str) -> Settings:
    smscs = [
        Account(host, port, chosen.smpp_system_id, chosen.smpp_password, chosen.sender)
        for host, port in chosen.smpp or [SMSC]
    ]
    return Settings(
        host=chosen.host,
        port=chosen.port,
        database=chosen.database or f"sqlite:///{folder}/video.db",
        sms=Gateway(chosen.sms_gateway, gateway_key(chosen), chosen.sender) if chosen.sms_gateway else smscs,
        key=chosen.key or os.environ.get("LAB113_VIDEO_KEY") or secrets.token_urlsafe(18),
        admin_key=admin_key(chosen) or secrets.token_urlsafe(18),
        public_url=chosen.public_url,
        times=Times(link_expires_s=chosen.link_expires_s),
        sms_give_up_s=chosen.sms_give_up_s,
        unsafe_faults=chosen.unsafe_faults,
    )


if __name__ == "__main__":
    main()
