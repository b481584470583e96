"""A session's messages, counted from what was told."""

from sim_rig import record

from sim.checks.metrics import metrics
from sim.journal import Record
from sim.sessions import call_table
from sim.sms import Messages


def sms(t_s: float, what: str, message: str = "1", actor: str = "carrier", **facts: object) -> Record:
    return record(t_s, f"sms.{what}", actor=actor, message_id=message, carrier="telia", **facts)


def counted(*records: Record) -> Messages:
    [row] = call_table([record(7, "video.requested"), *records])
    assert row.session is not None
    return row.session.sms


def taken(t_s: float, message: str, drawn_s: float | None) -> list[Record]:
    return [sms(t_s, "submitted", message), sms(t_s, "accepted", message, drawn_s=drawn_s)]


def test_one_message() -> None:
    told = counted(*taken(8, "1", 2.0), sms(10, "delivered"))
    assert (told.submitted, told.accepted, told.delivered) == (1, 1, 1)
    assert (told.throttled, told.doubled, told.lost, told.failed, told.held_up) == (0, 0, 0, 0, 0)
    assert (told.carrier, told.first_submitted_s, told.first_delivered_s) == ("telia", 8, 10)
    assert told.drawn_of_first_s == 2


def test_what_comes_beyond_the_first_is_doubled() -> None:
    twice_sent = counted(
        *taken(8, "1", 2.0), *taken(13, "2", 0.5), sms(10, "delivered"), sms(14, "delivered", "2")
    )
    assert (twice_sent.submitted, twice_sent.delivered, twice_sent.doubled) == (2, 2, 1)
    twice_come = counted(*taken(8, "1", 2.0), sms(10, "delivered", copy=1), sms(40, "delivered", copy=2))
    assert (twice_come.submitted, twice_come.delivered, twice_come.doubled) == (1, 2, 1)


def test_the_wait_of_the_message_that_came_first_counts() -> None:
    told = counted(
        *taken(8, "1", 9.0), *taken(13, "2", 0.5), sms(13.5, "delivered", "2"), sms(17, "delivered")
    )
    assert (told.first_delivered_s, told.drawn_of_first_s) == (13.5, 0.5)


def test_lost_is_what_nobody_ever_hears_of() -> None:
    assert counted(*taken(8, "1", None)).lost == 1
    failed = counted(*taken(8, "1", None), sms(12, "failed", state="UNDELIV"))
    assert (failed.lost, failed.failed) == (0, 1)
    expired = counted(*taken(8, "1", 950.0), sms(908, "failed", state="EXPIRED"))
    assert (expired.lost, expired.failed) == (0, 1)


def test_a_long_message_counts_once() -> None:
    parts = [
        r
        for n in (1, 2)
        for r in (
            sms(8, "submitted", str(n), part=n, parts=2),
            sms(8, "accepted", str(n), part=n, parts=2, drawn_s=2.0),
            sms(10, "delivered", str(n), part=n, parts=2, copy=1),
        )
    ]
    told = counted(*parts)
    assert (told.submitted, told.accepted, told.delivered, told.doubled) == (1, 1, 1, 0)


def test_what_the_service_tells_of_its_tries_is_no_failed_message() -> None:
    vain = sms(13, "failed", actor="service", reason="telenor: no answer", final=False, next="telia")
    undelivered = sms(15, "failed", actor="service", reason="not delivered (UNDELIV)", final=False)
    told = counted(vain, undelivered, *taken(13, "1", 1.0))
    assert (told.failed, told.held_up, told.submitted) == (0, 1, 1)


def test_the_metrics_are_sums_over_sessions() -> None:
    def call(name: str, *records: Record) -> list[Record]:
        asked = record(7, "video.requested", name)
        return [asked, *(Record(r.t_s, r.event, name, None, r.actor, None, r.facts) for r in records)]

    found = metrics(
        call_table(
            [
                *call("a", *taken(8, "1", 2.0), sms(10, "delivered"), sms(12, "delivered", copy=2)),
                *call("b", sms(8, "throttled"), sms(8.3, "throttled"), *taken(9, "2", None)),
                *call("c", *taken(9, "3", None), sms(11, "failed", "3", state="REJECTD")),
            ]
        )
    )
    wanted = {"submitted": 3, "throttled": 2, "accepted": 3, "delivered": 2, "doubled": 1, "lost": 1}
    assert {name: found[f"sms_{name}"] for name in wanted} == wanted
    assert (found["sms_failed"], found["link_s_p50"], found["sms_s_p50"]) == (1, 3, 2)
