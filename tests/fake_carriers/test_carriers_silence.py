"""What a silent carrier is asked, and what it does of that when it speaks again."""

import pytest
from carriers_lab import NUMBER, OTHER, Bench, End, short

from fake_carriers.smpp import Address, Bind, Command, Data, Pdu, Status, SubmitMulti, encode

SILENT = {"how": "silent", "swallowed": "later"}


def test_what_was_asked_before_an_unbind_is_done_and_what_came_after_it_is_not() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    bench.mood("outage", **SILENT)
    end.put(Command.SUBMIT_SM, short(short_message=b"foer"))
    end.put(Command.UNBIND)
    end.put(Command.SUBMIT_SM, short(short_message=b"etter"))
    end.put(Command.ENQUIRE_LINK)
    bench.calm()
    assert [pdu.command for pdu in end.heard] == [Command.SUBMIT_SM_RESP, Command.UNBIND_RESP]
    assert end.closed
    bench.advance(1)
    assert bench.screen() == ["foer"]
    assert [facts["kept"] for facts in bench.events("sms.swallowed")] == [True, False]


def test_so_it_is_when_its_client_has_left_and_it_comes_back_anew() -> None:
    bench = Bench(simulated=True)
    end = End(bench)
    bench.mood("outage", **SILENT)
    end.put(Command.SUBMIT_SM, short(short_message=b"foer"))
    end.put(Command.UNBIND)
    end.put(Command.SUBMIT_SM, short(short_message=b"etter"))
    end.lose()
    again = End(bench, None)
    again.put(Command.BIND_TRANSCEIVER, Bind("lab113", "lab113"))
    again.put(Command.SUBMIT_SM, short(short_message=b"igjen"))
    bench.calm()
    bench.advance(1)
    assert bench.screen() == ["foer", "igjen"]
    assert (len(again.states()), end.heard) == (2, [])


def test_requests_of_many_connections_are_done_in_the_order_in_which_they_came() -> None:
    bench = Bench(simulated=True)
    one, two = End(bench), End(bench)
    bench.mood("outage", **SILENT)
    for n, end in enumerate((one, two) * 3):
        end.put(Command.SUBMIT_SM, short(short_message=str(n).encode()))
    bench.calm()
    bench.advance(1)
    assert bench.screen() == ["0", "1", "2", "3", "4", "5"]


def test_a_carrier_keeps_so_much_over_all_its_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for clients that come and go: the newest are left out, and told so."""
    monkeypatch.setattr("fake_carriers.silence.REQUESTS_MAX", 5)
    bench = Bench(simulated=True)
    bench.mood("outage", **SILENT)
    for _ in range(4):
        end = End(bench, None)
        end.put(Command.BIND_TRANSCEIVER, Bind("lab113", "lab113"))
        end.put(Command.SUBMIT_SM, short())
        end.lose()
    assert bench.country.smscs["telenor"].sessions == []
    assert [facts["kept"] for facts in bench.events("sms.swallowed")] == [True, True, False, False]
    assert bench.network.counts["telenor"]["not kept"] == 3
    bench.calm()
    assert len(bench.events("sms.submitted")) == 2


def test_it_keeps_so_many_octets(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = encode(Pdu(Command.SUBMIT_SM, 1, body=short()))
    monkeypatch.setattr("fake_carriers.silence.OCTETS_MAX", 3 * len(frame))
    bench = Bench(simulated=True)
    end = End(bench)
    for _ in range(2):  # it has room again afterwards
        bench.mood("outage", **SILENT)
        for _ in range(5):
            end.put(Command.SUBMIT_SM, short())
        bench.calm()
    assert [facts["kept"] for facts in bench.events("sms.swallowed")] == ([True] * 3 + [False] * 2) * 2
    assert len(bench.events("sms.submitted")) == 6


def test_a_connection_that_only_came_and_went_leaves_nothing_behind() -> None:
    bench = Bench()
    bench.mood("outage", **SILENT)
    for _ in range(10):
        End(bench, None).lose()
    assert len(bench.country.smscs["telenor"]._silence._kept) == 0


@pytest.mark.parametrize("swallowed", ["lost", "later"])
def test_every_submit_is_told_and_nothing_else(swallowed: str) -> None:
    bench = Bench()
    end = End(bench)
    bench.mood("outage", how="silent", swallowed=swallowed)
    told = len(bench.told)
    end.put(Command.SUBMIT_SM, short())
    end.put(Command.DATA_SM, Data(destination_addr="lege"))
    end.put(
        Command.SUBMIT_MULTI, SubmitMulti(dest_address=(Address(1, 1, NUMBER[1:]), Address(2, 1, OTHER[3:])))
    )
    end.put(Command.ENQUIRE_LINK)
    cut = bytearray(encode(Pdu(Command.SUBMIT_SM, 9, body=short())))
    cut[-1:] = b""
    end.session.receive(len(cut).to_bytes(4, "big") + bytes(cut[4:]), bench.now)
    kept = {"door": "telenor", "kept": swallowed == "later"}
    assert [(event, facts) for _, event, facts in bench.told[told:]] == [
        ("sms.swallowed", {"number": NUMBER, "carrier": "telenor", **kept}),
        ("sms.swallowed", {"number": "lege", "carrier": None, **kept}),
        ("sms.swallowed", {"number": NUMBER, "carrier": "telenor", **kept}),
        ("sms.swallowed", {"number": OTHER, "carrier": "telenor", **kept}),
    ]
    bench.calm()
    assert [pdu.status for pdu in end.heard] == (
        [Status.ROK, Status.RINVDSTADR, Status.ROK, Status.ROK, Status.RINVMSGLEN] if kept["kept"] else []
    )
