"""How often an SMS is tried, and when it has failed: pure, with a clock in the hand."""

from video_service.outbox import ANSWER_WITHIN_S, OK, QUEUE_FULL, THROTTLED, Outbox, Outcome
from video_service.smpp_link import new_message


class Box:
    def __init__(self, tries_max: int = 3) -> None:
        self.told: list[Outcome] = []
        self.box = Outbox(self.told.append, tries_max)
        self._sequence = 0

    def put(self, reference: str = "a", text: str = "hello", now: float = 0.0) -> None:
        self.box.put(new_message(reference, "+4710000001", text, now))

    def submit(self, now: float) -> list[int]:
        message = self.box.next_due(now)
        assert message is not None
        numbers = [self._sequence + i for i in range(len(message.parts))]
        self._sequence += len(numbers)
        self.box.sent(message, numbers, now)
        return numbers

    @property
    def events(self) -> list[str]:
        return [outcome.event.removeprefix("sms.") for outcome in self.told]


def test_sent_accepted_delivered() -> None:
    it = Box()
    it.put()
    [number] = it.submit(0.0)
    it.box.answered(number, OK, "id-1", 0.1)
    it.box.receipt("id-1", 1)  # on its way
    it.box.receipt("somebody else's", 2)
    it.box.receipt("id-1", 2)
    it.box.receipt("id-1", 2)  # a duplicate
    assert it.events == ["submitted", "accepted", "delivered"]
    assert it.told[1].facts == {"carrier_ids": ["id-1"]}
    assert it.box.quiet_s(1.0) is None


def test_a_long_text_is_delivered_when_all_parts_are() -> None:
    it = Box()
    it.put(text="x" * 400)
    numbers = it.submit(0.0)
    assert len(numbers) == 3
    for number in numbers:
        assert it.events == ["submitted"]
        it.box.answered(number, OK, f"id-{number}", 0.1)
    for number in numbers:
        assert "delivered" not in it.events
        it.box.receipt(f"id-{number}", 2)
    assert it.events == ["submitted", "accepted", "delivered"]


def test_a_receipt_that_says_undeliverable_is_not_final() -> None:
    it = Box()
    it.put()
    it.box.answered(it.submit(0.0)[0], OK, "id-1", 0.1)
    it.box.receipt("id-1", 5)
    assert it.events == ["submitted", "accepted", "failed"]
    assert it.told[-1].facts["final"] is False


def test_without_a_connection_it_is_tried_again_and_then_given_up() -> None:
    it = Box(tries_max=3)
    it.put()
    it.box.broken("refused", 0.0)
    assert it.box.next_due(0.4) is None
    assert it.box.quiet_s(0.0) == 0.5
    it.box.broken("refused", 0.5)
    assert it.box.next_due(1.4) is None
    it.box.broken("refused", 1.5)
    assert it.events == ["failed"]
    assert it.told[0].facts == {"reason": "refused; gave up after 3 tries", "final": True}


def test_a_connection_that_breaks_elsewhere_costs_a_message_that_is_not_due_nothing() -> None:
    it = Box(tries_max=2)
    it.put()
    it.box.broken("refused", 0.0)
    for _ in range(5):
        it.box.broken("refused", 0.1)
    assert it.events == []


def test_an_smsc_that_hangs_is_a_failed_try_and_a_late_answer_is_nothing() -> None:
    it = Box()
    it.put()
    [number] = it.submit(0.0)
    assert not it.box.late(ANSWER_WITHIN_S - 0.1)
    assert it.box.late(ANSWER_WITHIN_S)
    it.box.answered(number, OK, "too late", ANSWER_WITHIN_S + 0.1)
    assert it.events == ["submitted"]
    [number] = it.submit(ANSWER_WITHIN_S + 0.5)
    it.box.answered(number, OK, "id", ANSWER_WITHIN_S + 0.6)
    assert it.events == ["submitted", "submitted", "accepted"]
    assert [outcome.facts.get("try") for outcome in it.told] == [1, 2, None]


def test_a_number_that_is_refused_is_not_tried_again() -> None:
    it = Box()
    it.put()
    it.box.answered(it.submit(0.0)[0], 0x0B, "", 0.1)
    assert it.events == ["submitted", "failed"]
    assert "bad number" in it.told[1].facts["reason"]
    assert it.box.next_due(100.0) is None


def test_a_system_error_is_tried_again() -> None:
    it = Box()
    it.put()
    it.box.answered(it.submit(0.0)[0], 0x08, "", 0.1)
    it.box.answered(it.submit(0.6)[0], OK, "id", 0.7)
    assert it.events == ["submitted", "submitted", "accepted"]


def test_a_carrier_that_says_slower_gets_all_of_a_burst_in_the_end() -> None:
    """A bucket of 10 a second against 60 at once: nobody is given up, and nothing waits for a minute."""
    it = Box(tries_max=2)
    for n in range(60):
        it.put(str(n))
    now, bucket = 0.0, 10.0
    while it.events.count("accepted") < 60:
        assert now < 20
        while it.box.next_due(now):
            [number] = it.submit(now)
            status = OK if bucket >= 1 else (THROTTLED if number % 2 else QUEUE_FULL)
            bucket -= status == OK
            it.box.answered(number, status, str(number), now)
        now += 0.05
        bucket = min(10.0, bucket + 0.5)
    assert "failed" not in it.events
    assert now < 12


def test_throttled_for_a_minute_is_failed_in_the_end() -> None:
    it = Box(tries_max=2)
    it.put()
    now = 0.0
    while "failed" not in it.events:
        assert now < 120
        if it.box.next_due(now):
            it.box.answered(it.submit(now)[0], THROTTLED, "", now)
        now += 0.25
    assert now > 60


def test_no_more_than_a_window_is_under_way() -> None:
    it = Box()
    for n in range(15):
        it.put(str(n))
    numbers = []
    while it.box.next_due(0.0):
        numbers += it.submit(0.0)
    assert len(numbers) == 10
    it.box.answered(numbers[0], OK, "id", 0.1)
    assert it.box.next_due(0.1) is not None
