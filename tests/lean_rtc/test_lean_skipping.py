"""A gap that stays: the buffer asks for a key frame and goes on from there."""

from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

from lean_rtc.skipping import CAPACITY, SkippingBuffer

KEY = b"key"


class Stream:
    """Frames of two packets each, 15 a second, into a buffer; `lost` holds sequence numbers."""

    def __init__(self, buffer: JitterBuffer, lost: set[int], first: int = 65_500) -> None:
        self.buffer, self.lost, self.first = buffer, lost, first
        self.now, self.frame = 0.0, 0
        self.asked: list[float] = []
        self.shown: list[tuple[float, int]] = []

    def play(self, frames: int, keys: tuple[int, ...] = (), *, marked: bool = False) -> None:
        for _ in range(frames):
            for k in range(2):
                number = (self.first + 2 * self.frame + k) & 0xFFFF
                packet = RtpPacket(sequence_number=number, timestamp=self.frame)
                packet.payload = KEY if self.frame in keys and k == 0 else b""
                packet._data = b"x%d" % k
                packet.marker = int(marked and k == 1)
                if number not in self.lost:
                    asked, frame = self.buffer.add(packet)
                    self.asked += [self.now] if asked else []
                    self.shown += [(self.now, frame.timestamp)] if frame else []
            self.frame += 1
            self.now += 1 / 15


def stream(lost: set[int]) -> Stream:
    made = Stream(JitterBuffer(CAPACITY, is_video=True), lost)
    made.buffer = SkippingBuffer(lambda packet: packet.payload == KEY, lambda: made.now)
    return made


def test_nothing_lost_is_as_without() -> None:
    ours, theirs = stream(set()), Stream(JitterBuffer(CAPACITY, is_video=True), set())
    for each in (ours, theirs):
        each.play(60, keys=(0, 30))
    assert ours.shown == theirs.shown
    assert ours.asked == []


def test_a_lost_packet_costs_a_key_frame_and_no_nine_seconds() -> None:
    lost = {(65_500 + 2 * 40 + 1) & 0xFFFF}
    ours, theirs = stream(lost), Stream(JitterBuffer(CAPACITY, is_video=True), lost)
    for each in (ours, theirs):
        each.play(100, keys=(0, 50))  # the answer to the question comes 0.2 s after it
    frames = [frame for _, frame in ours.shown]
    assert frames[:40] == list(range(40))
    assert frames[40] == 50
    assert frames[41:] == list(range(51, 99))
    assert len(ours.asked) == 1
    assert theirs.shown[-1][1] == 39  # aiortc's own has shown nothing more


def test_it_asks_again_until_there_is_one() -> None:
    ours = stream({(65_500 + 2 * 10 + 1) & 0xFFFF})
    ours.play(60, keys=(0,))
    assert len(ours.asked) >= 5
    assert min(b - a for a, b in zip(ours.asked, ours.asked[1:], strict=False)) >= 0.49
    assert ours.shown[-1][1] == 9


def test_what_comes_late_but_comes_is_no_loss() -> None:
    ours = stream({(65_500 + 2 * 10) & 0xFFFF})
    ours.play(13, keys=(0,))
    late = RtpPacket(sequence_number=(65_500 + 20) & 0xFFFF, timestamp=10)
    late._data = b"x"
    _, frame = ours.buffer.add(late)
    assert frame is not None
    ours.play(10)
    assert ours.asked == []
    assert ours.shown[-1][1] >= 20


def test_after_a_long_outage_it_goes_on() -> None:
    ours = stream({(65_500 + n) & 0xFFFF for n in range(40, 340)})
    ours.play(240, keys=(0, 180))
    assert ours.shown[-1][1] == 238
    assert ours.asked


def test_a_frame_with_its_marker_is_shown_at_once_and_once() -> None:
    ours, theirs = stream(set()), stream(set())
    ours.play(30, keys=(0,), marked=True)
    theirs.play(30, keys=(0,))
    assert [frame for _, frame in ours.shown] == list(range(30))
    assert [frame for _, frame in theirs.shown] == list(range(29))
    assert all(a < b for (a, _), (b, _) in zip(ours.shown, theirs.shown, strict=False))


def test_frames_behind_a_gap_that_is_filled_all_come_and_in_order() -> None:
    ours = stream({(65_500 + 21) & 0xFFFF})
    ours.play(13, keys=(0,), marked=True)
    late = RtpPacket(sequence_number=(65_500 + 21) & 0xFFFF, timestamp=10, marker=1)
    late._data = b"x1"
    _, frame = ours.buffer.add(late)
    assert frame is not None
    assert (frame.timestamp, frame.data) == (10, b"x0x1")
    ours.play(10, marked=True)
    assert [shown for _, shown in ours.shown] == [*range(10), *range(11, 23)]
