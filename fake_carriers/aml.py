"""Advanced Mobile Location: what a phone tells of its position when it rings an emergency number. Pure.

Sources: Google's SMS and HTTPS specifications of the Emergency Location Service
(developers.google.com/android/els/reference/sms-spec and http-spec), which follow ETSI TS 103 625.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime

EMERGENCY_NUMBERS = ("110", "112", "113")

METHODS = {"G": "gps", "W": "wifi", "C": "cell", "N": "unknown"}
"""SMS letter -> HTTPS word. N: no position was found."""

# A data SMS: 8-bit data, addressed to a port. No port is published, it is agreed with the receiver: ours is
# of those free for any use (3GPP TS 23.040, 9.2.3.24.4: 16000 to 16999).
DATA_CODING = 0x04
DATA_PORT = 16113

_RADIUS_M_MAX = 99_999.0  # ours: five digits, so that it always fits in one SMS
_YEARS = 1970, 2200  # ours: beyond them no zone or sum can overflow
_HEADER = 'A"ML'
_FIELD = {
    "lt": re.compile(r"[+-]?[0-9]{1,2}(\.[0-9]+)?"),
    "lg": re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]+)?"),
    "rd": re.compile(r"N|[0-9]{1,5}(\.[0-9]+)?"),
    "top": re.compile(r"[0-9]{14}"),
    "lc": re.compile(r"[0-9]{1,3}"),
    "pm": re.compile(r"[GWCN]"),
    "ml": re.compile(r"[0-9]{1,3}"),
}


@dataclass(frozen=True, slots=True)
class Position:
    """Where the phone was `at` a time: with `confidence` percent within `radius_m` of lat, lon (WGS84).

    `method` G (satellites), W (Wi-Fi), C (cell) or N: none found, then all numbers are 0.
    Raises ValueError, naming the field.
    """

    lat: float
    lon: float
    radius_m: float
    at: datetime
    confidence: int = 68
    method: str = "G"
    altitude_m: float | None = None

    def __post_init__(self) -> None:
        self._must("lat", -90 <= self.lat <= 90, "degrees from -90 to 90")
        self._must("lon", -180 <= self.lon <= 180, "degrees from -180 to 180")
        self._must("method", self.method in METHODS, f"one of {', '.join(METHODS)}")
        self._must("at", self.at.tzinfo is not None, "a time with its zone, such as 2026-01-31T12:00:00Z")
        self._must("at", _YEARS[0] <= self.at.year <= _YEARS[1], f"of the years {_YEARS[0]} to {_YEARS[1]}")
        self._must("altitude_m", self.altitude_m is None or math.isfinite(self.altitude_m), "metres")
        if self.method == "N":
            for name in ("lat", "lon", "radius_m", "confidence"):
                self._must(name, getattr(self, name) == 0, "0 with method N")
        else:
            self._must("radius_m", 0 < self.radius_m <= _RADIUS_M_MAX, f"above 0, at most {_RADIUS_M_MAX:g}")
            self._must("confidence", 1 <= self.confidence <= 100, "1 to 100 percent")

    def _must(self, name: str, holds: bool, what: str) -> None:
        if not holds:
            raise ValueError(f"{name} is {getattr(self, name)!r}: it must be {what}")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A SIM in a phone, on a network."""

    number: str
    imsi: str
    imei: str
    mcc: str = "001"
    mnc: str = "01"


def subscriber_of(number: str) -> Subscriber:
    """The subscriber of a number (E.164 with plus); invented, and always the same.

    The IMSI is of the test network (ITU-T E.212: country code 001), the IMEI of a test phone (its first
    digits, of the body that allots them, are 00): no real SIM or phone has them.
    """
    digits = number.removeprefix("+").zfill(10)
    serial = f"004999{digits[-8:]}"
    return Subscriber(number, f"00101{digits[-10:]}", serial + _luhn(serial))


def _luhn(digits: str) -> str:
    """The check digit (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * (2 - n % 2) for n, digit in enumerate(reversed(digits)))
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


# ---- by SMS


def sms_text(position: Position, subscriber: Subscriber) -> str:
    """The message; at most 133 characters. Of the IMSI only the first six digits are told."""
    found = position.method != "N"
    fields = {
        _HEADER: "1",
        "lt": f"{position.lat:+.5f}" if found else "+00.00000",
        "lg": f"{position.lon:+.5f}" if found else "+000.00000",
        "rd": str(math.ceil(position.radius_m)) if found else "N",
        "top": position.at.astimezone(UTC).strftime("%Y%m%d%H%M%S"),
        "lc": str(position.confidence),
        "pm": position.method,
        "si": subscriber.imsi[:6].ljust(15, "0"),
        "ei": subscriber.imei,
        "mcc": subscriber.mcc,
        "mnc": subscriber.mnc,
    }
    text = ";".join(f"{key}={value}" for key, value in fields.items()) + ";ml="
    return text + str(len(text) + 3)  # of the whole message, itself included: always three digits


def read_sms(text: str) -> Position:
    """The position in a message. Raises ValueError, naming the field, when it is none or was cut."""
    if not text.startswith(f"{_HEADER}=1;"):
        raise ValueError(f"{_HEADER} is not 1 at the beginning of {text[:12]!r}: this is no AML message")
    told = dict(field.partition("=")[::2] for field in text.split(";"))
    for key, form in _FIELD.items():
        if not form.fullmatch(told.get(key, "")):
            raise ValueError(f"{key} is {told.get(key)!r}: it must be like {form.pattern}")
    if int(told["ml"]) > len(text):  # less is told by Google's own example
        raise ValueError(f"ml is {told['ml']}, but the message has {len(text)} characters: it was cut")
    try:
        at = datetime.strptime(told["top"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"top is {told['top']!r}: it must be a time YYYYMMDDhhmmss") from None
    radius_m = 0.0 if told["rd"] == "N" else float(told["rd"])
    return Position(float(told["lt"]), float(told["lg"]), radius_m, at, int(told["lc"]), told["pm"])


def sms_octets(text: str) -> bytes:
    """The message as the short_message of a data SMS (data_coding DATA_CODING, esm_class with UDHI 0x40).

    A header with the 16-bit ports, then the characters of GSM 03.38 at seven bits each, the first in the
    lowest bits. The header fills seven octets, which is eight septets: there are no fill bits.
    """
    port = DATA_PORT.to_bytes(2, "big")
    septets = sum(ord(character) << 7 * n for n, character in enumerate(text))
    return b"\x06\x05\x04" + port + port + septets.to_bytes((7 * len(text) + 7) // 8, "little")


def octets_text(octets: bytes) -> str:
    """The message in the octets of a data SMS, with its header or without."""
    if octets[:3] == b"\x06\x05\x04":
        octets = octets[7:]
    septets = int.from_bytes(octets, "little")
    return "".join(chr(septets >> 7 * n & 0x7F) for n in range(len(octets) * 8 // 7)).rstrip("\0")


# ---- by HTTPS


def https_form(position: Position, subscriber: Subscriber, to: str, called_at: datetime) -> dict[str, str]:
    """The fields of the POST (application/x-www-form-urlencoded) for a call `to` an emergency number."""
    form = {
        "v": "1",
        "emergency_number": to,
        "source": "CALL",
        "time": _unix_ms(called_at),
        "location_latitude": f"{position.lat:.7f}",
        "location_longitude": f"{position.lon:.7f}",
        "location_time": _unix_ms(position.at),
        "location_source": METHODS[position.method],
        "location_accuracy": f"{position.radius_m:g}",
        "location_confidence": f"{position.confidence / 100:g}",
        "device_number": subscriber.number,
        "device_model": "lab113 phone",
        "device_imsi": subscriber.imsi,
        "device_imei": subscriber.imei,
        "cell_home_mcc": subscriber.mcc,
        "cell_home_mnc": subscriber.mnc,
        "cell_network_mcc": subscriber.mcc,
        "cell_network_mnc": subscriber.mnc,
    }
    if position.altitude_m is not None:
        form["location_altitude"] = f"{position.altitude_m:g}"
    return form


def _unix_ms(at: datetime) -> str:
    return str(round(at.timestamp() * 1000))
