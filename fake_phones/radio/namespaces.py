"""Network namespaces with a phone's side and a far side, and a TUN device in each. Needs root.

What is made carries its maker's process in its name: what a killed maker left is removed by the next one.
"""

import fcntl
import os
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

TUN = Path("/dev/net/tun")
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_NETWORKS = 200  # of 10.113.n.0/24
_OURS = re.compile(r"radio-(\d+)-(\d+)-(?:phone|far)")
_IP_S_MAX = 10.0


class NoNamespaces(Exception):
    """This machine does not let us; the text says what is missing and the remedy."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Two TUN devices, by file descriptor: what a phone sends is read from `phone_fd`.

    `far_namespace` is None where the far side is in the maker's own namespace.
    """

    phone_fd: int
    far_fd: int
    device: str  # the phone's
    namespace: str
    far_namespace: str | None
    network: str  # such as "10.113.0"

    @property
    def far_address(self) -> str:
        return f"{self.network}.1"

    def phone_address(self, change: int) -> str:
        """The phone's address after so many changes."""
        return f"{self.network}.{2 + change % 250}"

    def readdress(self, change: int) -> list[str]:
        """The command that gives the phone that address, and takes the one before it away."""
        script = (
            f"addr flush dev {self.device}\n"
            f"addr add {self.phone_address(change)}/24 dev {self.device}\n"
            f"route replace default via {self.far_address}\n"
        )
        return ["sh", "-c", 'printf "%s" "$1" | ip -n "$2" -batch -', "sh", script, self.namespace]


def missing() -> str | None:
    """What this machine lacks for namespaces and TUN devices, with the remedy; None: nothing."""
    if shutil.which("ip") is None:
        return "no program `ip`: apt-get install iproute2"
    if os.geteuid() != 0:
        return "network namespaces need root: run it with sudo"
    if not TUN.exists():
        return f"no {TUN}: modprobe tun, or start the container with --device {TUN}"
    try:
        os.close(_tun("radiocheck%d")[0])
    except OSError as error:
        return f"cannot make a TUN device ({error.strerror}): the container needs --cap-add NET_ADMIN"
    return None


@contextmanager
def sides(*, far_here: bool) -> Iterator[Sides]:
    """Make both sides; everything is gone after the block. Raises NoNamespaces.

    `far_here`: the far side stays in this process's namespace, so that only the phone has to be put away.
    """
    if lacks := missing():
        raise NoNamespaces(lacks)
    remove_leftovers()
    mark = f"radio-{os.getpid()}-{_started(os.getpid())}"
    with ExitStack() as stack:
        n, far_fd, far_device = _first_free()
        stack.callback(os.close, far_fd)
        phone_fd, device = _tun(f"radio{n}p")
        stack.callback(os.close, phone_fd)
        namespace = stack.enter_context(_namespace(f"{mark}-phone"))
        far = None if far_here else stack.enter_context(_namespace(f"{mark}-far"))
        made = Sides(phone_fd, far_fd, device, namespace, far, f"10.113.{n}")
        _ip("link", "set", device, "netns", namespace)
        inside = ["-n", namespace]
        _ip(*inside, "addr", "add", f"{made.phone_address(0)}/24", "dev", device)
        _ip(*inside, "link", "set", device, "up")
        _ip(*inside, "route", "add", "default", "via", made.far_address)
        if far:
            _ip("link", "set", far_device, "netns", far)
        there = ["-n", far] if far else []
        _ip(*there, "addr", "add", f"{made.far_address}/24", "dev", far_device)
        _ip(*there, "link", "set", far_device, "up")
        yield made


def remove_leftovers() -> list[str]:
    """Remove the namespaces of makers that are dead; their names."""
    names = [line.split()[0] for line in _ip("netns", "list").splitlines() if line.strip()]
    dead = [name for name in names if (found := _OURS.fullmatch(name)) and not _lives(*found.groups())]
    for name in dead:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, timeout=_IP_S_MAX)
    return dead


@contextmanager
def _namespace(name: str) -> Iterator[str]:
    _ip("netns", "add", name)
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, timeout=_IP_S_MAX)


def _first_free() -> tuple[int, int, str]:
    """(n, descriptor, name) of the first far device that nobody has; its name keeps its network taken."""
    for n in range(_NETWORKS):
        try:
            return n, *_tun(f"radio{n}")
        except OSError:
            continue
    raise NoNamespaces(f"all {_NETWORKS} networks 10.113.n.0/24 are taken: stop some `fake_phones.radio`")


def _tun(name: str) -> tuple[int, str]:
    descriptor = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        asked = struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI)
        got = fcntl.ioctl(descriptor, _TUNSETIFF, asked)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor, got[:16].rstrip(b"\0").decode()


def _ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, timeout=_IP_S_MAX)
    if done.returncode:
        raise NoNamespaces(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def _lives(pid: str, started: str) -> bool:
    return _started(int(pid)) == int(started)


def _started(pid: int) -> int:
    """When a process began, in the kernel's ticks: with it a number is not taken for its later namesake."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return -1
