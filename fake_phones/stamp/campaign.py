"""The proof of the privacy instrument: clean lines, lossy lines, and every leak that we can think of."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product
from statistics import median
from typing import Any, Literal

from fake_phones.stamp.line import Codec
from fake_phones.stamp.mixing import Mixing
from fake_phones.stamp.trial import Case, Tally, Trial

SCENES = ("chest-pain", "night-fall", "test-card", "unconscious")
CODECS: tuple[Codec, Codec] = ("vp8", "h264")
SCALES = (1.0, 0.75, 0.5, 0.375)
# (width, height), kbit/s, scales, share of the frames
LINES = (
    ((320, 240), (60, 150, 500), SCALES, 0.5),
    ((640, 360), (60, 150, 500, 1500), SCALES, 0.45),
    ((1280, 720), (300, 1500), (1.0, 0.5, 0.375), 0.05),
)
PAIRS = (("chest-pain", "night-fall"), ("test-card", "unconscious"), ("unconscious", "chest-pain"))
LEAN_PAIRS = PAIRS
SAME_SCENE = (("chest-pain", "chest-pain"), ("night-fall", "night-fall"))
MIXINGS = (
    *(Mixing("blend", share) for share in (0.05, 0.1, 0.2, 0.3, 0.45, 0.5)),
    *(Mixing("cut", share) for share in (0.02, 0.05, 0.1, 0.2, 0.4)),
    *(Mixing(mix, share) for mix in ("corner", "tile", "inset") for share in (0.2, 0.05)),
)
# Not demanded: a starved line looks like the one, and of the other's 6 to 8 cells half are right by chance.
FAINT = (Mixing("blend", 0.05), Mixing("cut", 0.02))
LEAK_SIZE, LEAK_FROM, LEAK_FRAMES = (640, 360), 20, 40
LEAN_SIZE, LEAN_KBIT_S, LEAN_LOSSES = (640, 360), (200, 500, 900), (0.0, 0.03)
WHOLE_SCENE, WHOLE_OTHER, WHOLE_LEAKS = "test-card", "chest-pain", 10
READ_AT_LEAST = 0.999

Say = Callable[[str], None]


@dataclass
class Campaign:
    """`frames` are those of the clean lines; a tenth of them for each loss, for the whole frames, and for
    each bit rate and loss of lean phones.
    """

    frames: int
    seed: int
    say: Say

    def run(self) -> dict[str, Any]:
        """All of it; the figures, with `passed`."""
        begun_s = time.monotonic()
        clean = self._lines(self.frames, 0.0)
        losses = {f"loss_{loss:.0%}": self._lines(self.frames // 10, loss) for loss in (0.01, 0.03)}
        lean = {
            f"{kbit_s} kbit/s, loss {loss:.0%}": self._lean(kbit_s, loss)
            for kbit_s, loss in product(LEAN_KBIT_S, LEAN_LOSSES)
        }
        whole = self._whole()
        leaks = self._leaks(PAIRS)
        same_scene = self._leaks(SAME_SCENE)
        lean_leaks = self._leaks(LEAN_PAIRS, "lean")
        lines = (clean, *losses.values(), *lean.values())
        named = [*leaks.values(), *same_scene.values(), *lean_leaks.values()]
        passed = (
            clean["read_ratio"] >= READ_AT_LEAST
            and not any(line["false_reads"] or line["alarms"] for line in lines)
            and not clean["stale_reads"]
            and whole["caught"] == whole["named"] == WHOLE_LEAKS
            and all(_all_caught(found) for found in (leaks, lean_leaks))
            and not any(leak["misnamed"] for leak in named)
        )
        took_s = round(time.monotonic() - begun_s)
        told = {"passed": passed, "frames": self.frames, "seed": self.seed, "took_s": took_s}
        told |= {"clean": clean, **losses, "lean": lean, "whole": whole, "leaks": leaks}
        return told | {"same_scene": same_scene, "lean_leaks": lean_leaks}

    def _lines(self, frames: int, loss: float) -> dict[str, Any]:
        total, by_size = Tally(), dict[str, dict[str, Any]]()
        for (width, height), kbits, scales, share in LINES:
            of_size = Tally()
            cases = [*self._cases(width, height, kbits, scales, loss)]
            for case in cases:
                of_size.add(Trial(case).run(max(1, round(frames * share / len(cases)))))
            total.add(of_size)
            by_size[f"{width}x{height}"] = _of_lines(of_size)
            self.say(f"{width}x{height}, loss {loss:.0%}: {_of_lines(of_size)}")
        return {**_of_lines(total), "sizes": by_size}

    def _cases(
        self, width: int, height: int, kbits: tuple[int, ...], scales: tuple[float, ...], loss: float
    ) -> Iterator[Case]:
        every = product(SCENES, CODECS, kbits, scales)
        for k, (scene, codec, kbit_s, scale) in enumerate(every):
            yield Case(
                codec, width, height, kbit_s, scale=scale, loss=loss, scene=scene, seed=self.seed * 1000 + k
            )

    def _lean(self, kbit_s: int, loss: float) -> dict[str, Any]:
        total = Tally()
        for k, scene in enumerate(SCENES):
            case = Case("h264", *LEAN_SIZE, kbit_s, loss=loss, scene=scene, seed=self.seed * 1000 + k)
            frames = self.frames // 10 // len(SCENES)
            total.add(Trial(replace(case, phone="lean")).run(frames))
        self.say(f"lean phones, {kbit_s} kbit/s, loss {loss:.0%}: {_of_lines(total)}")
        return _of_lines(total)

    def _whole(self) -> dict[str, Any]:
        """One frame in a hundredth of all frames is, as a whole, somebody else's."""
        frames = max(self.frames // 10, 4 * WHOLE_LEAKS)
        every = frames // WHOLE_LEAKS
        case = Case("vp8", 320, 240, 150, scene=WHOLE_SCENE, other=WHOLE_OTHER, mixing=Mixing("whole", 1))
        case = replace(case, seed=self.seed, leak_from=every // 2, leak_every=every)
        tally = Trial(case).run(frames)
        found = {"frames": frames, "leaked": tally.leaked, "caught": tally.alarms["other session"]}
        self.say(f"whole frames: {found}")
        return {**found, "named": tally.named}

    def _leaks(
        self, pairs: tuple[tuple[str, str], ...], phone: Literal["live", "lean"] = "live"
    ) -> dict[str, Any]:
        found = {}
        for mixing in MIXINGS:
            total = Tally()
            for k, ((scene, other), codec, kbit_s) in enumerate(product(pairs, CODECS, (150, 500))):
                case = Case(codec, *LEAK_SIZE, kbit_s, scene=scene, other=other, mixing=mixing)
                # other sessions each time
                case = replace(case, leak_from=LEAK_FROM, seed=self.seed * 1000 + k, phone=phone)
                total.add(Trial(case).run(LEAK_FROM + LEAK_FRAMES))
            found[str(mixing)] = _of_leaks(total)
            where = "same scene, " if pairs == SAME_SCENE else ""
            self.say(f"{phone} phones, {where}{mixing}: {found[str(mixing)]}")
        return found


def _of_lines(tally: Tally) -> dict[str, Any]:
    facts = {k: v for k, v in asdict(tally).items() if k in ("shown", "read", "stale_reads", "false_reads")}
    return {
        **facts,
        "read_ratio": round(tally.read / max(1, tally.shown), 6),
        "alarms": sum(tally.alarms.values()),
    }


def _all_caught(leaks: dict[str, Any]) -> bool:
    demanded = [leaks[str(mixing)] for mixing in MIXINGS if mixing not in FAINT]
    return all(leak["caught"] == leak["runs"] for leak in demanded)


def _of_leaks(tally: Tally) -> dict[str, Any]:
    caught = [frames for frames in tally.leaked_at_alarm if frames is not None]
    named = [frames for frames in tally.named_after if frames is not None]
    return {
        "runs": len(tally.leaked_at_alarm),
        "caught": len(caught),
        "alarm_at_frame_median": median(caught) if caught else None,
        "alarm_at_frame_max": max(caught, default=None),
        "named": len(named),
        "named_at_frame_max": max(named, default=None),
        "misnamed": tally.misnamed,
    }
