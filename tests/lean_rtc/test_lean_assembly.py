"""Frames out of packets: in order and whole, whatever became of the packets on their way."""

import random
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from lean_rtc.assembly import LOST_AFTER_S, Assembly, Frame, Packet

FIRST = 65_500  # numbers wrap on the way
FRAME_S = 1 / 15


def film(frames: int, keys: Iterable[int] = (0,), parts: int = 3) -> list[Packet]:
    """Each frame says its number in each of its packets; the first of a key frame begins with "key"."""
    return [
        Packet(
            (FIRST + parts * n + k) & 0xFFFF,
            n * 6000,
            k == parts - 1,
            (b"key" if n in keys and k == 0 else b"") + b"%d.%d" % (n, k),
        )
        for n in range(frames)
        for k in range(parts)
    ]


class Stream:
    """Plays packets into an assembly, and notes what comes of them and what it asks for."""

    def __init__(self) -> None:
        self.assembly = Assembly(lambda payload: payload.startswith(b"key"))
        self.frames: list[Frame] = []
        self.asked: list[tuple[float, list[int]]] = []
        self.keys_asked: list[float] = []

    def take(self, packet: Packet, now_s: float) -> None:
        self.frames += self.assembly.add(packet, now_s)
        if missing := self.assembly.missing(now_s):
            self.asked.append((now_s, missing))
        if self.assembly.keyframe_due(now_s):
            self.keys_asked.append(now_s)

    def play(self, packets: Iterable[Packet]) -> None:
        for packet in packets:
            self.take(packet, packet.timestamp / 90_000)

    @property
    def shown(self) -> list[int]:
        return [frame.timestamp // 6000 for frame in self.frames if frame.shown]


def whole(frame: Frame) -> bool:
    n = frame.timestamp // 6000
    return b"".join(frame.payloads).removeprefix(b"key") == b"".join(b"%d.%d" % (n, k) for k in range(3))


def test_what_comes_in_order_is_told_at_once() -> None:
    stream = Stream()
    stream.play(film(30, keys=(0, 20)))
    assert stream.shown == [*range(30)]
    assert [frame.timestamp // 6000 for frame in stream.frames if frame.keyframe] == [0, 20]
    assert all(map(whole, stream.frames))
    assert stream.asked == []
    assert stream.keys_asked == []


def test_a_stream_begins_with_a_key_frame_and_asks_until_there_is_one() -> None:
    stream = Stream()
    stream.play(film(40, keys=(30,)))
    assert stream.shown == [*range(30, 40)]
    assert len(stream.keys_asked) == 4  # every half second of two
    # those before were whole as well, but nobody could be shown them; the very first may lack its beginning
    assert [f.timestamp // 6000 for f in stream.frames if not f.shown] == [*range(1, 30)]


def test_a_lost_packet_is_asked_for_again_and_nothing_is_shown_before_it() -> None:
    stream = Stream()
    packets = film(20)
    lost = packets.pop(16)  # of frame 5
    stream.play(packets[:22])  # up to frame 7
    assert stream.shown == [*range(5)]
    assert next(numbers for _, numbers in stream.asked) == [lost.sequence_number]
    stream.take(lost, 0.6)
    assert stream.shown == [*range(7)]
    assert stream.frames[5].arrived_s == 0.6
    stream.play(packets[22:])
    assert stream.shown == [*range(20)]
    assert stream.keys_asked == []


def test_what_stays_lost_is_given_up_and_a_key_frame_is_asked_for() -> None:
    stream = Stream()
    packets = [p for p in film(60, keys=(0, 40)) if p.sequence_number != (FIRST + 31) & 0xFFFF]  # of frame 10
    stream.play(packets)
    assert stream.shown == [*range(10), *range(40, 60)]
    assert all(map(whole, stream.frames))
    gave_up_s = 10 * FRAME_S + LOST_AFTER_S
    assert all(at_s <= gave_up_s + 2 * FRAME_S for at_s, _ in stream.asked)
    assert 3 <= len(stream.asked) <= 5
    assert gave_up_s <= stream.keys_asked[0] < gave_up_s + 2 * FRAME_S
    # whole, though nobody was shown them: their stamps can be looked at all the same
    assert [f.timestamp // 6000 for f in stream.frames if not f.shown] == [*range(11, 40)]


def test_a_key_frame_whose_slices_all_look_like_beginnings_begins_with_its_first_packet() -> None:
    stream = Stream()
    packets = film(40, keys=(0, 30))
    packets = [p._replace(payload=b"key" + p.payload) if p.timestamp == 30 * 6000 else p for p in packets]
    stream.play(p for p in packets if p.sequence_number != (FIRST + 31) & 0xFFFF)
    assert stream.shown == [*range(10), *range(30, 40)]
    assert len(next(f for f in stream.frames if f.timestamp == 30 * 6000).payloads) == 3


def test_twice_and_late_is_once() -> None:
    stream = Stream()
    packets = film(20)
    stream.play(sorted([*packets, *packets[:30]], key=lambda p: p.timestamp))
    stream.take(packets[10], 3.0)
    assert stream.shown == [*range(20)]


def test_another_stream_on_the_same_numbers_begins_anew() -> None:
    stream = Stream()
    stream.play(film(20))
    far = [p._replace(sequence_number=(p.sequence_number + 30_000) & 0xFFFF) for p in film(30, keys=(25,))]
    stream.play(far[60:])
    back = [p._replace(sequence_number=(p.sequence_number - 5_000) & 0xFFFF) for p in film(40, keys=(30,))]
    stream.play(back[90:])
    assert stream.shown[-10:] == [*range(30, 40)]
    assert all(map(whole, stream.frames))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1 << 30))
def test_loss_and_disorder_show_no_frame_wrong_twice_or_out_of_order(seed: int) -> None:
    chance = random.Random(seed)
    share = chance.choice((0.0, 0.03, 0.2))
    packets = film(150, keys=range(0, 150, 30))
    due = [
        (packet.timestamp / 90_000 + chance.choice((0, 0, 0, 0.05)), n, packet)
        for n, packet in enumerate(packets)
        if chance.random() >= share
    ]
    stream = Stream()
    for now_s, _, packet in sorted(due):
        stream.take(packet, now_s)
    assert all(map(whole, stream.frames))
    told = [frame.timestamp for frame in stream.frames]
    assert len(told) == len({*told})
    assert stream.shown == sorted(stream.shown)
    follows = zip([-1, *stream.shown], stream.shown, strict=False)
    assert all(
        n == before + 1 or n % 30 == 0 for before, n in follows
    )  # no frame behind a gap but a key frame
    if not share:
        assert len(stream.shown) == 150
