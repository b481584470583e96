"""A part of somebody else's picture raises an alarm with both names; a clean or a broken one raises none."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fake_phones.leaks import FRAMES_SEEN, FRAMES_SURE, WHOLE_AFTER_S, Leak, Leaks
from fake_phones.lean import library
from fake_phones.stamp import Reading, Stamp, StampReader, StampWriter, campaign, trial
from fake_phones.stamp.beneath import Source, source_beneath, without
from fake_phones.stamp.layout import drawn
from fake_phones.stamp.mixing import Mixing, Plane
from fake_phones.stamp.register import SESSIONS_COMPARED, Register
from fake_phones.stamp.trial import Case, Trial
from fake_phones.thumbnail import thumbnail
from fake_phones.witness import Filmed

A, B = Stamp(0xA0A1A2A3A4A5A6A7, 0, 100, 777), Stamp(0x1B2B3B4B5B6B7B8B, 1, 99, 12_345)
WIDTH, HEIGHT = 320, 240
READER = StampReader(WIDTH, HEIGHT)
SHARE = READER.strip.share


def content(seed: int, frame: int = 0) -> Plane:
    """Something that is not flat, and moves a little."""
    coarse = np.random.default_rng(seed).integers(40, 210, (12, 16)).astype(np.uint8)
    fine = np.kron(coarse, np.ones((HEIGHT // 12, WIDTH // 16), np.uint8))
    return np.roll(fine, frame % 3, axis=1)


def shot(stamp: Stamp, seed: int, witness: Filmed | None = None) -> Plane:
    luma = content(seed, stamp.frame)
    StampWriter(WIDTH, HEIGHT).draw(luma, stamp)
    if witness:
        witness.begin(stamp.session)
        witness.filmed(stamp.session, stamp.camera, stamp.frame, luma, SHARE)
    return luma


def at(stamp: Stamp, frame: int) -> Stamp:
    return Stamp(stamp.session, stamp.camera, frame, 66 * frame)


class Watching:
    """Sees A's frames, mixed with B's; frames and seconds go on by themselves."""

    def __init__(self, known: Register | None = None) -> None:
        self.witness = Filmed()
        self.leaks = Leaks(A.session, READER.strip, known or Register([A.session, B.session]), self.witness)
        self.frame = 0

    def see(self, mixing: Mixing | None = None, skip: int = 0) -> Leak | None:
        self.frame += 1 + skip
        luma = shot(at(A, self.frame), 1, self.witness)
        other = shot(at(B, self.frame + 50), 2, self.witness)
        if mixing:
            luma = mixing.of(luma, other, SHARE)
        return self.leaks.look(READER.read(luma), luma, 1000 + self.frame / 15)


def blended(share: float) -> tuple[Reading, Plane]:
    luma = Mixing("blend", share).of(shot(A, 1), shot(B, 2), SHARE)
    return READER.read(luma), luma


# ---- whose cells show through


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.45])
def test_the_residual_is_a_stamp_of_its_own(share: float) -> None:
    reading, _ = blended(share)
    assert reading.stamp == A
    assert reading.cells is not None
    left = without(reading.cells, drawn(A)[: reading.cells.size])
    assert source_beneath(left) == Source(B.session, B.camera, B.frame)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.3, 0.45, 0.5])
def test_the_register_names_what_shows_through_even_where_nothing_is_read(share: float) -> None:
    register = Register(int(s) for s in np.random.default_rng(1).integers(0, 2**63, 1000))
    register.update([A.session, B.session])
    leaks = Leaks(A.session, READER.strip, register, Filmed())
    reading, luma = blended(share)
    leak = leaks.look(reading, luma, 1000.0)
    assert leak is not None
    assert leak.kind == "blended"
    assert leak.source is not None
    assert (leak.source.session, leak.source.camera) == (B.session, B.camera)


def test_a_session_that_no_register_knows_is_named_all_the_same() -> None:
    reading, luma = blended(0.3)
    leak = Leaks(A.session, READER.strip, Register([A.session]), Filmed()).look(reading, luma, 1000.0)
    assert leak == Leak("blended", Source(B.session, B.camera, B.frame))


def test_my_own_older_frame_or_other_camera_showing_through_is_no_leak() -> None:
    register = Register([A.session, B.session])
    for other in (at(A, 80), Stamp(A.session, 1, 101, 800)):
        luma = Mixing("blend", 0.3).of(shot(A, 1), shot(other, 1), SHARE)
        leaks = Leaks(A.session, READER.strip, register, Filmed())
        assert leaks.look(READER.read(luma), luma, 1000.0) is None


def test_coin_tosses_name_nobody() -> None:
    rng = np.random.default_rng(2)
    register = Register(int(s) for s in rng.integers(0, 2**63, 500))
    for _ in range(200):
        cells = rng.normal(0, 1, 320).astype(np.float32)
        assert register.showing(cells, but=0) is None
        light = cells > 0
        assert register.cut_in(light, 80, (0, 12), but=0) is None


def test_the_register_is_a_set_that_compares_with_the_newest() -> None:
    register = Register([1, 2])
    register.add(2)
    assert (len(register), 1 in register, 3 in register, sorted(register)) == (2, True, False, [1, 2])
    register.update(range(10, 10 + SESSIONS_COMPARED))
    assert 1 in register
    assert len(register) == SESSIONS_COMPARED + 2
    for session, is_compared in ((1, False), (10 + SESSIONS_COMPARED - 1, True)):
        cells = drawn(Stamp(session, 0, 0, 0)).astype(np.float32)
        found = register.showing(cells - cells.mean(), but=0)
        assert (found is not None and found.session == session) == is_compared


def test_a_register_of_nobody_but_me_names_nobody() -> None:
    cells = np.random.default_rng(3).normal(0, 1, 320).astype(np.float32)
    for register in (Register(), Register([A.session])):
        assert register.showing(cells, but=A.session) is None
        assert register.cut_in(cells > 0, 80, (0, 40), but=A.session) is None


# ---- evidence over frames


@pytest.mark.parametrize(
    "mixing",
    [
        *(Mixing("cut", share) for share in (0.05, 0.1, 0.2, 0.4)),
        *(Mixing(mix, share) for mix in ("tile", "inset", "corner") for share in (0.05, 0.2)),
    ],
    ids=str,
)
def test_a_part_is_an_alarm_after_three_frames_and_both_are_named(mixing: Mixing) -> None:
    watching = Watching()
    assert [watching.see() for _ in range(20)] == [None] * 20
    told = [watching.see(mixing) for _ in range(12)]
    assert told[: FRAMES_SURE - 1] == [None] * (FRAMES_SURE - 1)
    leak = told[FRAMES_SURE - 1]
    assert leak is not None
    assert leak.kind in ("cut", "content")
    names = {leak.source.session for leak in told if leak and leak.source}
    assert names == {B.session} or (mixing == Mixing("inset", 0.05) and not names)
    assert [watching.see() for _ in range(20)] == [None] * 20


def test_a_single_odd_frame_is_no_alarm_but_one_in_two_is() -> None:
    tile = Mixing("tile", 0.2)
    watching = Watching()
    assert not any(watching.see(tile if k % FRAMES_SEEN == 0 else None) for k in range(40))
    assert any(watching.see(tile if k % 2 == 0 else None) for k in range(10))


@pytest.mark.parametrize("mixing", [Mixing("cut", 0.05), Mixing("tile", 0.2)], ids=str)
def test_after_a_gap_what_looks_like_loss_is_no_alarm_for_a_while(mixing: Mixing) -> None:
    watching = Watching()
    watching.see()
    told = [watching.see(mixing, skip=3) for _ in range(20)]  # a picture that is never whole
    told += [watching.see(mixing) for _ in range(int(WHOLE_AFTER_S * 15) - 1)]
    assert not any(told)
    assert any(watching.see(mixing) for _ in range(FRAMES_SURE + 2))


def test_what_shows_through_by_name_is_an_alarm_amid_the_loss() -> None:
    watching = Watching()
    told = [watching.see(Mixing("blend", 0.2), skip=3) for _ in range(5)]
    assert all(leak and leak.source and leak.source.session == B.session for leak in told)
    told = [watching.see(Mixing("cut", 0.4), skip=3) for _ in range(5)]
    assert told[-1] == Leak("cut", Source(B.session, B.camera))


def test_frames_that_nobody_looked_at_are_no_gap() -> None:
    tile = Mixing("tile", 0.2)
    watching = Watching()
    watching.see()
    seen = []
    for lost in (0, 1):
        for _ in range(8):  # key frames, the rest passed by; now and then one of these is lost
            for _ in range(9):
                watching.leaks.pass_by()
            seen.append(watching.see(tile, skip=9 + lost))
    assert [leak is not None for leak in seen] == [k in range(FRAMES_SURE - 1, 8) for k in range(16)]


def test_without_a_witness_the_stamp_alone_is_judged() -> None:
    watching = Watching()
    watching.witness.picture = lambda *_: None  # type: ignore[method-assign]
    assert not any(watching.see(Mixing("tile", 0.2)) for _ in range(10))
    assert any(watching.see(Mixing("cut", 0.1)) for _ in range(10))


def test_a_darker_and_flatter_chain_is_no_leak() -> None:
    witness = Filmed()
    leaks = Leaks(A.session, READER.strip, Register([A.session]), witness)
    for frame in range(20):
        luma = shot(at(A, frame), 1, witness)
        chained = (0.86 * luma + 14).astype(np.uint8)
        assert leaks.look(READER.read(chained), chained, 1000 + frame / 15) is None


# ---- the witness


def test_the_witness_keeps_the_last_frames_and_forgets_on_request() -> None:
    witness = Filmed()
    for frame in range(400):
        shot(at(A, frame), 1, witness)
    shot(B, 2, witness)
    assert witness.picture(A.session, 0, 399) is not None
    assert witness.picture(A.session, 0, 99) is None
    assert witness.picture(A.session, 1, 399) is None
    assert {other.session for other in witness.others(A.session)} == {B.session}
    assert sorted(other.frame for other in witness.others(B.session)) == [*range(368, 400, 4)]
    witness.forget(A.session)
    assert witness.others(B.session) == []
    assert witness.picture(A.session, 0, 399) is None
    witness.filmed(A.session, 0, 400, content(1), SHARE)  # a thread that drew meanwhile
    assert witness.roll(A.session, 0) is None
    assert witness.others(B.session) == []


def test_a_thumbnail_is_the_same_at_any_scale() -> None:
    luma = shot(A, 1)
    half = luma.reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean((1, 3)).astype(np.uint8)
    off = np.abs(thumbnail(luma, SHARE).astype(int) - thumbnail(half, SHARE).astype(int))
    assert off.mean() < 3


# ---- through real codecs


@pytest.fixture
def few_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes longer than judging."""
    monkeypatch.setattr(trial, "BYSTANDERS", (("test-card", 3),))


@pytest.mark.usefixtures("few_scenes")
@pytest.mark.parametrize("codec", ["vp8", "h264"])
@pytest.mark.parametrize(
    "mixing", [Mixing("blend", 0.45), Mixing("tile", 0.2), Mixing("corner", 0.2)], ids=str
)
def test_leaks_through_a_transcoding_relay_are_caught_and_named(codec: str, mixing: Mixing) -> None:
    case = Case(
        "vp8" if codec == "vp8" else "h264",
        *(WIDTH, HEIGHT, 150),
        scene="test-card",
        other="night-fall",
        mixing=mixing,
        leak_from=20,
    )
    tally = Trial(case).run(30)
    assert tally.leaked_at_alarm[0] in (1, 2, 3, 4)
    assert tally.named_after[0] == tally.leaked_at_alarm[0]
    assert not tally.misnamed


@pytest.mark.parametrize("loss", [0.0, 0.03])
@pytest.mark.parametrize("codec", ["vp8", "h264"])
def test_no_alarm_on_starved_and_lossy_lines(codec: str, loss: float) -> None:
    for scale in (1.0, 0.375):
        case = Case(
            "vp8" if codec == "vp8" else "h264",
            *(WIDTH, HEIGHT, 60),
            scale=scale,
            loss=loss,
            scene="night-fall",
            seed=3,
        )
        tally = Trial(case).run(120)
        assert tally.shown > 100
        assert tally.read >= (0.5 if loss else 0.99) * tally.shown
        assert not tally.alarms
        assert not tally.false_reads
        assert loss or not tally.stale_reads


def test_lean_phones_tell_the_witness_what_they_send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB113_CLIPS", str(tmp_path))
    monkeypatch.setattr(library, "CLIP_S", 2)
    for loss in (0.0, 0.03):
        case = Case("h264", WIDTH, HEIGHT, 167, loss=loss, scene="test-card", phone="lean")
        told = Trial(case)
        tally = told.run(60)
        assert tally.shown == tally.read > 40
        assert not tally.alarms
        last = told._witness.picture(told._mine.session, 0, 59)
        assert last is not None
        luma = told._line.carry(told._mine.coded(60, told._line))
        if luma is not None and not loss:  # what is received is what was told, to the last bit
            now = told._witness.picture(told._mine.session, 0, 60)
            assert np.array_equal(thumbnail(luma, SHARE), now)
            assert not np.array_equal(now, last)


@pytest.mark.usefixtures("few_scenes")
def test_whole_frames_are_counted_one_by_one() -> None:
    mixing = Mixing("whole", 1)
    case = Case("vp8", WIDTH, HEIGHT, 150, scene="test-card", other="test-card", mixing=mixing)
    case = replace(case, leak_from=10, leak_every=25)
    tally = Trial(case).run(100)
    assert (tally.leaked, tally.alarms["other session"], tally.named) == (4, 4, 4)


def test_the_campaign_is_a_program_with_a_floor() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "fake_phones.stamp", "--frames", "3"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    assert told.returncode == 2
    assert "at least 1000" in told.stderr


@pytest.mark.usefixtures("few_scenes")
def test_the_campaign_counts_and_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    shorter = {
        "SCENES": ("test-card",),
        "LINES": (((320, 240), (150,), (1.0,), 1.0),),
        "PAIRS": (("test-card", "test-card"),),
        "SAME_SCENE": (),
        "LEAN_PAIRS": (),
        "LEAN_KBIT_S": (),
        "MIXINGS": (Mixing("blend", 0.2),),
        "WHOLE_OTHER": "test-card",
        "LEAK_SIZE": (320, 240),
        "LEAK_FRAMES": 5,
    }
    for name, value in shorter.items():
        monkeypatch.setattr(campaign, name, value)
    said: list[str] = []
    found = campaign.Campaign(100, 1, said.append).run()
    json.dumps(found)
    assert found["clean"]["shown"] == 100
    assert found["whole"]["caught"] == 10
    assert found["leaks"]["blend 20%"]["caught"] == found["leaks"]["blend 20%"]["runs"] == 4
    assert found["passed"]
    assert len(said) >= 5
