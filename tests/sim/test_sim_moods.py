"""Moods in data files: the same kinds, fields and limits as the carriers' own."""

from dataclasses import fields
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from fake_carriers.fate import Carrier as Rule
from fake_carriers.moods import KINDS
from fake_carriers.moods import Mood as RuleMood
from fake_carriers.moods import Trouble as RuleTrouble
from sim.faults import OnCarrier, SmsMood
from sim.moods import Mood, Trouble, week_s
from sim.nation import Carrier

GOOD: dict[str, list[dict[str, Any]]] = {
    "outage": [
        {"how": "refuse"},
        {"how": "drop"},
        {"how": "silent"},
        {"how": "silent", "swallowed": "later"},
    ],
    "slow": [{"response_s": 20}],
    "throttled": [{"rate_per_s": 10}],
    "queue_full": [{}],
    "loss": [{"share": 0.5}, {"share": 1}],
    "duplicates": [{"share": 0.1}, {"share": 0.1, "after_s": 3}],
    "malformed": [{"share": 0.1, "how": how} for how in ("length", "command", "sequence", "cut")],
}
BAD = [
    ("outage", {}),
    ("outage", {"how": "slow"}),
    ("outage", {"how": "drop", "swallowed": "later"}),
    ("outage", {"how": "silent", "swallowed": "never"}),
    ("outage", {"how": "drop", "share": 0.5}),
    ("slow", {}),
    ("slow", {"response_s": 0}),
    ("slow", {"response_s": -1}),
    ("throttled", {"rate_per_s": 0}),
    ("queue_full", {"rate_per_s": 5}),
    ("loss", {"share": 0}),
    ("loss", {"share": 1.1}),
    ("duplicates", {"share": 0.5, "response_s": 3}),
    ("malformed", {"share": 0.5}),
    ("malformed", {"share": 0.5, "how": "silent"}),
    ("rude", {}),
]
FAULT: TypeAdapter[SmsMood] = TypeAdapter(OnCarrier)
MOOD: TypeAdapter[Any] = TypeAdapter(Mood)


def fault(kind: str, **more: Any) -> SmsMood:
    return FAULT.validate_python({"kind": f"sms.{kind}", "carrier": "telenor", **more})


def test_a_nations_carrier_has_the_fields_of_the_rule() -> None:
    assert [*Carrier.model_fields] == [*(field.name for field in fields(Rule)), "sources"]
    defaults = {f.name: f.default for f in fields(Rule)}
    for name, info in Carrier.model_fields.items():
        if name != "sources" and not info.is_required():
            assert info.default == defaults[name], name


def test_every_kind_of_mood_is_a_kind_of_fault() -> None:
    kinds = {get_args(each.model_fields["kind"].annotation)[0] for each in get_args(OnCarrier)}
    assert kinds == {f"sms.{kind}" for kind in KINDS}


@pytest.mark.parametrize(("kind", "given"), [(kind, each) for kind, of in GOOD.items() for each in of])
def test_what_the_carriers_take_a_file_may_say(kind: str, given: dict[str, Any]) -> None:
    theirs = RuleMood(kind, **given)
    assert RuleMood(**fault(kind, **given).mood()) == theirs
    told = MOOD.validate_python({"kind": kind, **given}).model_dump(exclude_none=True)
    assert RuleMood(**told) == theirs


@pytest.mark.parametrize(("kind", "given"), BAD)
def test_what_the_carriers_refuse_a_file_may_not_say(kind: str, given: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        RuleMood(kind, **given)
    with pytest.raises(ValidationError):
        fault(kind, **given)
    with pytest.raises(ValidationError):
        MOOD.validate_python({"kind": kind, **given})


def test_a_mood_lasts_for_a_while_or_to_the_end() -> None:
    assert (fault("queue_full").at_s, fault("queue_full").until_s) == (0, float("inf"))
    assert fault("queue_full", at_s=5, for_s=2.5).until_s == 7.5
    assert fault("slow", response_s=3, at_s=5, for_s=2).mood() == {"kind": "slow", "response_s": 3}
    with pytest.raises(ValidationError):
        fault("queue_full", for_s=0)


TROUBLE = {"days": "mon-fri", "begins": "07:30", "ends": "09:00", "mood": {"kind": "queue_full"}}


def test_a_weekly_trouble_is_the_carriers_own() -> None:
    told = Trouble.model_validate(TROUBLE).fields()
    theirs = RuleTrouble(told["days"], told["begins"], told["ends"], RuleMood(**told["mood"]))
    assert theirs.now(week_s("mon 07:30"))
    assert theirs.now(week_s("fri 08:59"))
    assert not theirs.now(week_s("fri 09:00"))
    assert not theirs.now(week_s("sat 08:00"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": "weekdays"},
        {"begins": "7:30"},
        {"ends": "24:30"},
        {"begins": "25:00"},
        {"mood": {"kind": "slow"}},
        {"mood": {"kind": "sms.slow", "response_s": 3}},
    ],
)
def test_what_is_no_trouble_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Trouble.model_validate({**TROUBLE, **wrong})


def test_the_week_begins_on_monday() -> None:
    assert week_s("mon 00:00") == 0
    assert week_s("sun 23:59") == 7 * 86400 - 60
    for wrong in ("monday 00:00", "mon 24:00", "mon", "00:00", "tue 7:30"):
        with pytest.raises(ValueError, match="write such as"):
            week_s(wrong)


def test_a_carrier_that_cannot_be_is_refused_as_by_the_rule() -> None:
    good = {
        "name": "own",
        "share": 1,
        "prefixes": ["+4713"],
        "delay_s_median": 1,
        "delay_s_sigma": 0,
        "tail_share": 0,
        "tail_s_min": 1,
        "tail_alpha": 1,
        "delay_s_max": 9,
        "loss": 0,
        "duplicates": 0,
        "receipt_s_min": 0,
        "receipt_s_max": 1,
    }
    Carrier.model_validate(good)
    for wrong in (
        {"loss": 0.6, "expired": 0.6},
        {"receipt_s_min": 2},
        {"name": "with blanks in it"},
        {"tail_s_min": 0},
        {"retry_s": [0.5]},
        {"message_ids": "octal"},
        {"password": "too-long-for-smpp"},
        {"window": -1},
    ):
        with pytest.raises(ValueError, match=r"\w"):
            Rule(**{**good, **wrong})  # type: ignore[arg-type]
        with pytest.raises(ValidationError):
            Carrier.model_validate({**good, **wrong})
    with pytest.raises(ValidationError):
        Carrier.model_validate({**good, "ported": [f"+47{91234567}"]})  # a real subscriber's
