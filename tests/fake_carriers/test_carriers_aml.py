"""Advanced Mobile Location: the worked examples of the specification, and there and back again."""

import contextlib
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_carriers import aml
from fake_carriers.aml import Position, Subscriber, https_form, octets_text, read_sms, sms_octets, sms_text

# the examples of developers.google.com/android/els/reference/sms-spec; the second says ml=126 there, and has
# 127 characters
NONE_FOUND = (
    'A"ML=1;lt=+00.00000;lg=+000.00000;rd=N;top=20220131173734;lc=0;pm=N;'
    "si=234159000000000;ei=123456789012345;mcc=234;mnc=15;ml=127"
)
FOUND = (
    'A"ML=1;lt=+51.53321;lg=-0.12601;rd=14;top=20220131171748;lc=68;pm=W;'
    "si=234159000000000;ei=123456789012345;mcc=234;mnc=15;ml=127"
)
THEIRS = Subscriber("+10000000000", "234159123456789", "123456789012345", "234", "15")
# a data SMS without its header, as another implementation's tests have it (cpilatre/aml-lib)
PACKED = bytes.fromhex(
    "415193D98BEDD8F4DEECE6A2C962B7DA8E7DEEB56232990B86A3D9623B39B92783EDE86F784F068BD560B6D80C1683E568B81D7B"
    "DCB3E176F076EFB89BA77B39DCCD56A3C966B15D39DD9BD570B2590E56CBC168B21A4DB66B8FC7BD590CB66BBBC73D990DB66BB3"
    "7B31D90C"
)

NOON = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
BERGEN = Position(60.39299, 5.32415, 12, NOON)

positions = st.builds(
    Position,
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    radius_m=st.floats(0.01, 99_999),
    at=st.datetimes(datetime(1970, 1, 2), datetime(2199, 1, 1), timezones=st.just(UTC)),
    confidence=st.integers(1, 100),
    method=st.sampled_from("GWC"),
)
numbers = st.from_regex(r"\+471[0-2][0-9]{6}", fullmatch=True)


def test_the_specification_s_own_examples_are_written_exactly() -> None:
    at = datetime(2022, 1, 31, 17, 37, 34, tzinfo=UTC)
    assert sms_text(Position(0, 0, 0, at, 0, "N"), THEIRS) == NONE_FOUND
    found = Position(51.53321, -0.12601, 14, datetime(2022, 1, 31, 17, 17, 48, tzinfo=UTC), 68, "W")
    assert sms_text(found, THEIRS) == FOUND
    assert read_sms(FOUND) == found == read_sms(FOUND.replace("ml=127", "ml=126"))
    assert read_sms(NONE_FOUND).method == "N"


def test_a_data_sms_of_another_implementation_is_read() -> None:
    text = octets_text(PACKED)
    assert text.startswith('A"ML=1;lt=37.42175;lg=-122.08461;rd=20;top=20150613010948;')  # no plus
    position = read_sms(text)
    assert (position.lat, position.lon, position.radius_m, position.method) == (37.42175, -122.08461, 20, "G")
    assert sms_octets(text)[7:] == PACKED


@given(positions, numbers)
def test_what_is_written_is_read_again(position: Position, number: str) -> None:
    text = sms_text(position, aml.subscriber_of(number))
    assert text.endswith(f";ml={len(text)}")
    again = read_sms(text)
    assert abs(again.lat - position.lat) <= 0.5001e-5
    assert abs(again.lon - position.lon) <= 0.5001e-5
    assert again.radius_m == math.ceil(position.radius_m)
    assert again.at == position.at.replace(microsecond=0)
    assert (again.confidence, again.method) == (position.confidence, position.method)


@given(positions, numbers)
def test_it_fits_in_one_data_sms_and_in_one_text_sms(position: Position, number: str) -> None:
    text = sms_text(position, aml.subscriber_of(number))
    octets = sms_octets(text)
    assert len(text) <= 133
    assert len(octets) <= 140
    assert octets[:7] == b"\x06\x05\x04" + aml.DATA_PORT.to_bytes(2, "big") * 2
    assert octets_text(octets) == text


def test_times_are_told_in_utc() -> None:
    at_one = NOON.replace(hour=13, tzinfo=timezone(timedelta(hours=1)))
    assert ";top=20260131120000;" in sms_text(replace(BERGEN, at=at_one), THEIRS)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lat", 90.1),
        ("lat", math.nan),
        ("lon", -180.5),
        ("radius_m", 0),
        ("radius_m", -1),
        ("radius_m", math.inf),
        ("confidence", 0),
        ("confidence", 101),
        ("method", "X"),
        ("method", ""),
        ("at", datetime(2026, 1, 31, 12, 0)),
        ("altitude_m", math.nan),
    ],
)
def test_a_position_that_cannot_be_names_the_field(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{field} is "):
        replace(BERGEN, **{field: value})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^radius_m is 5: it must be 0 with method N$"):
        Position(0, 0, 5, NOON, 0, "N")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", 'A"ML'),
        ("Hei, hvor er du?", 'A"ML'),
        (FOUND.replace('A"ML=1', 'A"ML=2'), 'A"ML'),
        (FOUND[:-20], "ml"),
        (FOUND.replace("ml=127", "ml=128"), "ml"),
        (FOUND.replace(";pm=W", ""), "pm"),
        (FOUND.replace("+51.53321", "+5l.53321"), "lt"),
        (FOUND.replace("+51.53321", "+91.53321"), "lat"),
        (FOUND.replace("-0.12601", "-0.126e1"), "lg"),
        (FOUND.replace("20220131171748", "20220132171748"), "top"),
        (FOUND.replace("rd=14", "rd=00"), "radius_m"),
        (FOUND.replace("rd=14", "rd=N").replace("ml=127", "ml=126"), "radius_m"),
        (FOUND.replace("rd=14", "rd=٣٤"), "rd"),
    ],
)
def test_rubbish_is_refused_with_the_field_s_name(text: str, field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field} is "):
        read_sms(text)


@given(st.text())
def test_whatever_comes_is_a_position_or_a_value_error(text: str) -> None:
    for rubbish in (text, f'A"ML=1;{text}', FOUND[:40] + text):
        with contextlib.suppress(ValueError):
            assert isinstance(read_sms(rubbish), Position)


@given(st.binary(max_size=200))
def test_octets_of_any_kind_are_text(octets: bytes) -> None:
    assert isinstance(octets_text(octets), str)


@given(numbers, numbers)
def test_subscribers_are_invented_unlike_each_other_and_of_test_ranges(one: str, other: str) -> None:
    subscriber = aml.subscriber_of(one)
    assert subscriber == aml.subscriber_of(one)
    assert subscriber.imsi.startswith("00101")
    assert len(subscriber.imsi) == len(subscriber.imei) == 15
    assert subscriber.imei.startswith("00")
    if one != other:
        assert subscriber.imsi != aml.subscriber_of(other).imsi
        assert subscriber.imei != aml.subscriber_of(other).imei
    assert f";si={subscriber.imsi[:6]}000000000;" in sms_text(BERGEN, subscriber)


def test_the_check_digit_of_an_imei() -> None:
    assert aml._luhn("49015420323751") == "8"  # the example of 3GPP TS 23.003 and of many after it


def test_the_https_form() -> None:
    position = replace(BERGEN, altitude_m=31.5)
    form = https_form(position, aml.subscriber_of("+4710000001"), "113", NOON - timedelta(seconds=2.5))
    sent = {key: value for key, (value,) in parse_qs(urlencode(form)).items()}
    assert sent["device_number"] == "+4710000001"
    assert sent["emergency_number"] == "113"
    assert (sent["location_latitude"], sent["location_longitude"]) == ("60.3929900", "5.3241500")
    assert (sent["location_source"], sent["location_accuracy"]) == ("gps", "12")
    assert sent["location_confidence"] == "0.68"
    assert sent["location_altitude"] == "31.5"
    assert int(sent["location_time"]) - int(sent["time"]) == 2500
    assert sent["device_imsi"].startswith("00101")
    without = https_form(BERGEN, aml.subscriber_of("+4710000001"), "113", NOON)
    assert "location_altitude" not in without
