"""Kannel as a service's SMS gateway: bearerbox and smsbox as child processes, with a config of their own."""

import contextlib
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sms_service import SmsService
from waiting import free_ports, until

PASSWORD = "lab113"
READY_S = 30.0
STOP_S = 10.0
WEB_S = 10.0
LOG_LINES = 60


@dataclass(frozen=True)
class Smsc:
    """One `group = smsc`: a bind to one carrier. `settings` go over what a bind needs, None takes out."""

    name: str
    address: str  # "host:port"
    settings: Mapping[str, object] = field(default_factory=dict)

    def group(self) -> dict[str, object]:
        host, _, port = self.address.rpartition(":")
        group = {
            "group": "smsc",
            "smsc": "smpp",
            "smsc-id": self.name,
            "allowed-smsc-id": self.name,  # without it `smsc=` in a sendsms does not route
            "host": host,
            "port": port,
            "smsc-username": "lab113",
            "smsc-password": PASSWORD,
            "system-type": "lab113",
            "transceiver-mode": True,
            "interface-version": 34,
            "source-addr-autodetect": True,
            "dest-addr-ton": 1,
            "dest-addr-npi": 1,
            "msg-id-type": "0x00",  # decimal in the response and in the receipt
            "reconnect-delay": 1,
            **self.settings,
        }
        return {key: value for key, value in group.items() if value is not None}


class Kannel:
    """A Kannel that runs. `send` is its sendsms; what comes back comes to the `SmsService`."""

    def __init__(
        self, folder: Path, ports: Mapping[str, int], service: SmsService, web: httpx.Client
    ) -> None:
        self._folder, self._ports, self._service, self._web = folder, ports, service, web
        self.bearerbox: subprocess.Popen[bytes] | None = None
        self.smsbox: subprocess.Popen[bytes] | None = None

    def send(self, smsc: str, to: str, text: str, *, reference: str = "", **fields: object) -> None:
        """Send a text through one carrier; its DLRs come to the service under `reference`."""
        asked: dict[str, Any] = {
            "username": "lab113",
            "password": PASSWORD,
            "smsc": smsc,
            "from": "113",
            "to": to,
            "text": text,
            "charset": "UTF-8",
            "coding": 0,
            **({"dlr-mask": 63, "dlr-url": self._service.dlr_url(reference)} if reference else {}),
            **fields,
        }
        answer = self._web.get(f"http://127.0.0.1:{self._ports['sendsms']}/cgi-bin/sendsms", params=asked)
        assert answer.status_code == 202, (answer.status_code, answer.text)

    def statuses(self) -> dict[str, str]:
        """What bearerbox says of each smsc: "online 3s", "re-connecting", ..."""
        return {_text(smsc, "admin-id") or _text(smsc, "id"): _text(smsc, "status") for smsc in self._smscs()}

    def log(self, box: str = "bearerbox") -> str:
        return (self._folder / f"{box}.log").read_text("utf-8", errors="replace")

    def kill(self) -> None:
        """End bearerbox as a power cut would: no unbind, no goodbye."""
        assert self.bearerbox
        self.bearerbox.kill()
        self.bearerbox.wait(STOP_S)

    def start(self) -> None:
        """Start both boxes. Returns when the smsbox takes messages; `stop` must follow, even a failure."""
        config = str(self._folder / "kannel.conf")
        self.bearerbox = self._box("bearerbox", config)
        until("bearerbox answers", self._alive, READY_S)
        self.smsbox = self._box("smsbox", config)
        until("smsbox is connected", self._smsbox_is_there, READY_S)

    def online(self, *smscs: str, within_s: float = READY_S) -> None:
        """Wait until these are bound (all, when none is named)."""

        def there() -> bool:
            now = self.statuses()
            return all(now.get(name, "").startswith("online") for name in smscs or now)

        until(f"Kannel is bound to {smscs or 'all'}; its log ends:\n{self._tail()}", there, within_s)

    def stop(self) -> None:
        """End both, smsbox first, by their process ids."""
        for box in (self.smsbox, self.bearerbox):
            if box is None or box.poll() is not None:
                continue
            box.terminate()
            try:
                box.wait(STOP_S)
            except subprocess.TimeoutExpired:
                box.kill()
                box.wait(STOP_S)

    def _box(self, name: str, config: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [program(name), "-v", "0", config],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _alive(self) -> bool:
        assert self.bearerbox
        if self.bearerbox.poll() is not None:
            pytest.fail(f"bearerbox ended with {self.bearerbox.returncode}; its log ends:\n{self._tail()}")
        try:
            return self._status() is not None
        except httpx.TransportError:
            return False

    def _smsbox_is_there(self) -> bool:
        assert self.smsbox
        if self.smsbox.poll() is not None:
            pytest.fail(f"smsbox ended with {self.smsbox.returncode}; its log ends:\n{self._tail('smsbox')}")
        boxes = self._status().findall("boxes/box")
        if not any(_text(box, "type") == "smsbox" for box in boxes):
            return False
        try:
            self._web.get(f"http://127.0.0.1:{self._ports['sendsms']}/")
        except httpx.TransportError:
            return False
        return True

    def _status(self) -> ET.Element:
        url = f"http://127.0.0.1:{self._ports['admin']}/status.xml"
        return ET.fromstring(self._web.get(url, params={"password": PASSWORD}).text)

    def _smscs(self) -> list[ET.Element]:
        return self._status().findall("smscs/smsc")

    def _tail(self, box: str = "bearerbox") -> str:
        return "\n".join(self.log(box).splitlines()[-LOG_LINES:])


@contextlib.contextmanager
def kannel(
    folder: Path,
    smscs: Sequence[Smsc],
    service: SmsService,
    core: Mapping[str, object] | None = None,
    *,
    bound: bool = True,
) -> Iterator[Kannel]:
    """Kannel while the block runs, at its start `bound` to every smsc. `core` goes over the core group."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = dict(zip(("admin", "smsbox", "sendsms"), free_ports(3), strict=True))
    (folder / "kannel.conf").write_text(config(ports, smscs, service, core or {}), "utf-8")
    with httpx.Client(timeout=WEB_S) as web:
        running = Kannel(folder, ports, service, web)
        try:
            running.start()
            if bound:
                running.online()
            yield running
        finally:
            running.stop()


def config(
    ports: Mapping[str, int], smscs: Sequence[Smsc], service: SmsService, core: Mapping[str, object]
) -> str:
    """The text of kannel.conf. An unknown field is a PANIC at start: all of these are known to 1.4.5."""
    groups: list[Mapping[str, object]] = [
        {
            "group": "core",
            "admin-port": ports["admin"],
            "admin-password": PASSWORD,
            "smsbox-port": ports["smsbox"],
            "box-deny-ip": "*.*.*.*",
            "box-allow-ip": "127.0.0.1",
            "dlr-storage": "internal",
            **core,
        },
        *(smsc.group() for smsc in smscs),
        {
            "group": "smsbox",
            "bearerbox-host": "127.0.0.1",
            "sendsms-port": ports["sendsms"],
        },
        {
            "group": "sendsms-user",
            "username": "lab113",
            "password": PASSWORD,
            "concatenation": True,
            "max-messages": 10,
        },
        {
            "group": "sms-service",
            "keyword": "default",
            "catch-all": True,
            "max-messages": 0,
            "get-url": service.mo_url,
        },
    ]
    return (
        "\n\n".join("\n".join(f"{key} = {_value(value)}" for key, value in group.items()) for group in groups)
        + "\n"
    )


def program(name: str) -> str:
    """Where a program is; the test fails, and says how to install it, when it is not there."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    if not found:
        pytest.fail(f"{name} is missing. As root: apt-get install kannel tshark", pytrace=False)
    return found


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) and value.startswith(("http", "*")) else str(value)


def _text(element: ET.Element, tag: str) -> str:
    return (element.findtext(tag) or "").strip()
