"""`python -m fake_phones.lean.floor`: what a plain loop of SRTP and `sendto` costs on this machine.

Prints one JSON object. The packets go to a process of their own, which only takes them off its socket.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time

from lean_rtc import bare_us_per_packet

POLL_EVERY_S = 0.005


def drain() -> None:
    """Say the port, then take what comes until standard input closes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taking:
        taking.bind(("127.0.0.1", 0))
        taking.setblocking(False)
        print(taking.getsockname()[1], flush=True)
        os.set_blocking(0, False)
        while sys.stdin.buffer.read(1) is None:  # b"" is the end
            time.sleep(POLL_EVERY_S)
            try:
                while True:
                    taking.recv(2048)
            except BlockingIOError:
                pass


def main() -> None:
    parser = argparse.ArgumentParser("fake_phones.lean.floor", description=__doc__)
    parser.add_argument("--octets", type=int, default=950, help="of payload in a packet")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--core", type=int, help="stay on this core")
    parser.add_argument("--drain", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.drain:
        return drain()
    command = [sys.executable, "-m", "fake_phones.lean.floor", "--drain"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as draining:
        assert draining.stdout is not None
        port = int(draining.stdout.readline())
        if options.core is not None:
            os.sched_setaffinity(0, {options.core})
        us = bare_us_per_packet(("127.0.0.1", port), options.octets, options.seconds)
        print(json.dumps({"octets": options.octets, "cpu_us_per_packet": round(us, 3)}))
    return None


if __name__ == "__main__":
    main()
