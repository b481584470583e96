"""What Wireshark makes of recorded octets: text2pcap gives them TCP headers, tshark dissects them as SMPP."""

import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from kannel_rig import program
from recording import Chunk, Header, Recording

CLIENT_PORT, SMPP_PORT = 40_000, 2775
SEGMENT_OCTETS = 1400
TSHARK_S = 60.0
CONTROL = bytes(set(range(0x20)) - set(b"\t\n\r"))  # tshark shows GSM 03.38 text raw, and XML forbids these
EXPERT_WARNING = 0x00600000  # Wireshark's severities: note 0x400000, warning 0x600000, error 0x800000


@dataclass(frozen=True)
class Dissected:
    """One PDU as tshark tells it: every field's first value by its name, and what it complains of."""

    header: Header
    fields: dict[str, str]
    labels: tuple[str, ...]
    complaints: tuple[str, ...]


@dataclass(frozen=True)
class Dissection:
    """All PDUs of a connection, and the complaints outside of any."""

    pdus: list[Dissected]
    complaints: list[str]

    def both(self, to_carrier: bool) -> list[Header]:
        return [pdu.header for pdu in self.pdus if pdu.header.to_carrier == to_carrier]

    def of(self, command_id: int) -> list[Dissected]:
        return [pdu for pdu in self.pdus if pdu.header.command_id == command_id]


def dissected(recording: Recording, folder: Path) -> Dissection:
    """tshark's view of one recorded connection."""
    capture = _capture(recording, folder)
    asked = [program("tshark"), "-r", str(capture), "-n", "-T", "pdml", "-d", f"tcp.port=={SMPP_PORT},smpp"]
    told = subprocess.run(asked, capture_output=True, timeout=TSHARK_S, check=False)
    assert told.returncode == 0, told.stderr.decode(errors="replace")
    pdus: list[Dissected] = []
    complaints: list[str] = []
    # a half of a surrogate pair at the end of a part comes out of tshark as no UTF-8
    pdml = told.stdout.translate(None, CONTROL).decode("utf-8", errors="replace")
    for packet in ET.fromstring(pdml).iter("packet"):
        ports = packet.find("proto[@name='tcp']/field[@name='tcp.dstport']")
        assert ports is not None
        to_carrier = ports.get("show") == str(SMPP_PORT)
        for proto in packet.findall("proto"):
            if proto.get("name") == "smpp":
                pdus.append(_pdu(proto, to_carrier))
            elif proto.get("name") != "fake-field-wrapper":
                complaints += _complaints(proto)
    return Dissection(pdus, complaints)


def _capture(recording: Recording, folder: Path) -> Path:
    """A capture of the connection: the octets as they crossed, the TCP around them made up."""
    folder.mkdir(parents=True, exist_ok=True)
    dump, capture = folder / "octets.txt", folder / "octets.pcapng"
    dump.write_text("".join(_dumped(chunk) for chunk in list(recording.chunks)), "ascii")
    made = subprocess.run(
        [
            program("text2pcap"),
            "-q",
            "-D",
            "-t",
            "%s.%f",
            "-T",
            f"{CLIENT_PORT},{SMPP_PORT}",
            str(dump),
            str(capture),
        ],
        capture_output=True,
        timeout=TSHARK_S,
        check=False,
    )
    assert made.returncode == 0, made.stderr.decode(errors="replace")
    return capture


def _dumped(chunk: Chunk) -> str:
    lines = []
    for start in range(0, len(chunk.octets), SEGMENT_OCTETS):
        lines.append(f"{'I' if chunk.to_carrier else 'O'} {chunk.at_s:.6f}")
        segment = chunk.octets[start : start + SEGMENT_OCTETS]
        lines += [f"{at:06x} {segment[at : at + 16].hex(' ')}" for at in range(0, len(segment), 16)]
    return "\n".join(lines) + "\n"


def _pdu(proto: ET.Element, to_carrier: bool) -> Dissected:
    fields: dict[str, str] = {}
    labels: list[str] = []
    for each in proto.iter("field"):
        name, value = each.get("name", ""), each.get("show", "")
        fields.setdefault(name, value)
        labels.append(each.get("showname") or value)
    header = Header(
        to_carrier,
        int(fields["smpp.command_length"]),
        int(fields["smpp.command_id"], 0),
        int(fields.get("smpp.command_status", "0"), 0),
        int(fields["smpp.sequence_number"]),
    )
    return Dissected(header, fields, tuple(labels), tuple(_complaints(proto)))


def _complaints(proto: ET.Element) -> list[str]:
    """Malformed parts, and expert entries from a warning upwards."""
    told = [f"malformed {proto.get('name')}"] if proto.get("name") == "_ws.malformed" else []
    for each in proto.iter("field"):
        if each.get("name") == "_ws.malformed":
            told.append(each.get("showname") or "malformed")
        elif each.get("name") == "_ws.expert":
            severity = each.find("field[@name='_ws.expert.severity']")
            if severity is not None and int(severity.get("show", "0"), 0) >= EXPERT_WARNING:
                told.append(each.get("showname") or "expert")
    return told
