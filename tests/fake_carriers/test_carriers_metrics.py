"""What Prometheus reads."""

from carriers_desk import Desk, at_desk
from carriers_lab import ICE, NUMBER, End, quick_with, short

from fake_carriers.phone import send_text
from fake_carriers.smpp import Command


async def figures(desk: Desk) -> dict[str, float]:
    answer = await desk.http.get("/metrics")
    assert (answer.status_code, answer.headers["Content-Type"][:10]) == (200, "text/plain")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_what_prometheus_reads() -> None:
    async def body(desk: Desk) -> None:
        before = await figures(desk)
        assert before['lab113_sms_total{carrier="telenor",what="submitted"}'] == 0
        end, other = End(desk.bench), End(desk.bench, carrier="ice")
        for _ in range(4):
            end.submitted()
        end.submitted(destination_addr="4710990003")
        end.submitted(destination_addr="4710990008")
        desk.bench.advance(10)
        end.confirm()
        desk.bench.mood("throttled", rate_per_s=0.1)
        desk.bench.mood("queue_full", carrier="ice")
        other.submit()
        assert [end.submit().status for _ in range(2)][1] != 0
        assert [end.submit(destination_addr=to).status for to in ("lege", "4719000000")] != [0, 0]
        end.put(Command.SUBMIT_SM, short(destination_addr="4710990014"))
        assert end.submit(destination_addr="4710990010").status != 0
        send_text(desk.bench.country, NUMBER, "113", "hallo", "udh8")
        other.lose()
        now = await figures(desk)
        expected = {
            "submitted": 7,
            "accepted": 7,
            "delivered": 4,  # phones that have it; one has it twice
            "failed": 1,
            "lost": 1,
            "doubled": 1,
            "receipts": 5,
            "throttled": 2,  # one of them for a number of no carrier
            "refused": 2,
            "swallowed": 1,
            "not_kept": 0,
            "dropped": 0,
            "originated": 1,
        }
        for what, count in expected.items():
            assert now[f'lab113_sms_total{{carrier="telenor",what="{what}"}}'] == count, what
        assert now['lab113_sms_total{carrier="ice",what="throttled"}'] == 1
        assert now['lab113_sms_waiting{carrier="telenor"}'] == 1
        assert now['lab113_smpp_sessions{carrier="telenor"}'] == 1
        assert now['lab113_smpp_sessions{carrier="ice"}'] == 0
        assert now['lab113_sms_moods{carrier="ice"}'] == 1
        end.lose()
        desk.bench.advance(1)
        assert (await figures(desk))['lab113_smpp_undelivered{carrier="telenor"}'] == 2
        assert now['lab113_sms_webhooks_total{what="posted"}'] == 0

    at_desk(body, quick_with(lost_first=1))


def test_every_carrier_has_its_figures_from_the_start() -> None:
    async def body(desk: Desk) -> None:
        carriers = {ICE.name, "telenor", "telia"}
        names = {name for name in await figures(desk) if name.startswith("lab113_sms_total")}
        assert {name for name in carriers if any(f'carrier="{name}"' in each for each in names)} == carriers
        assert len(names) == 3 * 13 + 1  # and what was for no carrier's number

    at_desk(body)
