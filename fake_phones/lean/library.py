"""The clip library: each film is drawn, coded and verified once, and kept on disk."""

import fcntl
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np

from fake_phones import scenes, thumbnail
from fake_phones.lean import coding
from fake_phones.lean.clip import Clip
from fake_phones.lean.splice import StripRows
from fake_phones.lean.verify import NotIsolated, verify
from fake_phones.scenes import Facing
from fake_phones.thumbnail import COLUMNS, ROWS, Thumbnail

CLIP_S = 8
KEYFRAME_EVERY_S = 2
KBIT_S_AT_640X360 = (200, 500, 900)
FORMAT = 2
_DIGEST = hashlib.sha256().digest_size

log = logging.getLogger(__name__)

Streams = dict[int, Sequence[bytes]]


class Coded(NamedTuple):
    """A clip as it is kept: the coded pictures of each rung, and what each shows, made small."""

    streams: Streams
    shown: Mapping[int, Sequence[Thumbnail]]


@dataclass(frozen=True)
class ClipKey:
    """What a clip shows, and how large and how fast."""

    scene: str
    seed: int
    facing: Facing
    width: int
    height: int
    fps: float

    @property
    def rungs(self) -> tuple[int, ...]:
        """Bit rates in kbit/s, in proportion to the pixels."""
        share = self.width * self.height / (640 * 360)
        return tuple(round(kbit_s * share) for kbit_s in KBIT_S_AT_640X360)


class Library:
    """Clips in a folder, shared by any number of processes."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or _cache_folder()

    def clip(self, key: ClipKey) -> Clip:
        """The clip, made now if there is none or a damaged one; blocks meanwhile (seconds).

        Raises ValueError for a scene or size that there is not, OSError for a folder that cannot be written.
        """
        rows = StripRows.of(key.width, key.height)
        path = self.path(key)
        coded = _read(path, key)
        if coded is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            with _alone(path.with_suffix(".lock")):  # two processes at once: the second finds it made
                coded = _read(path, key)
                if coded is None:
                    coded = _made(key, rows)
                    _write(path, coded)
        return Clip.of(coded.streams, rows, key.fps, coded.shown)

    def path(self, key: ClipKey) -> Path:
        """Where the clip is kept; the name changes with everything that the content depends on."""
        said = json.dumps([FORMAT, asdict(key), key.rungs, CLIP_S, KEYFRAME_EVERY_S, _sources()])
        digest = hashlib.sha256(said.encode()).hexdigest()[:16]
        name = f"{key.scene}-{key.seed}-{key.facing}-{key.width}x{key.height}-{key.fps:g}-{digest}.clip"
        return self._folder / name


def _made(key: ClipKey, rows: StripRows) -> Coded:
    film = _drawn(key)
    keyframe_every = round(key.fps * KEYFRAME_EVERY_S)
    for variant in range(len(coding.VARIANTS)):
        streams: Streams = {
            kbit_s: coding.coded(film, rows, key.fps, kbit_s, keyframe_every, variant) for kbit_s in key.rungs
        }
        try:
            return Coded(streams, verify(Clip.of(streams, rows, key.fps), streams))
        except NotIsolated as fault:
            log.info("%s, variant %d: %s", key, variant, fault)
    raise ValueError(f"{key}: no clip of it was isolated from its stamp; take another seed")


def _drawn(key: ClipKey) -> list[coding.Picture]:
    scene = scenes.scene(key.scene, key.seed, key.width, key.height)
    times = [n / key.fps for n in range(round(CLIP_S * key.fps))]
    pictures = [cv2.cvtColor(scene.frame(key.facing, t_s), cv2.COLOR_BGR2YUV_I420) for t_s in times]
    return [np.asarray(picture, np.uint8) for picture in pictures]


@cache
def _sources() -> str:
    """What draws and codes, as a digest: a clip of an older scene or encoder is another clip."""
    folder = Path(__file__).parent
    drawing, small = Path(scenes.__file__).parent.rglob("*.py"), Path(thumbnail.__file__)
    paths = [*sorted(drawing), folder / "coding.py", small]
    digest = hashlib.sha256(f"{av.__version__} {cv2.__version__} {av.library_versions}".encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(path: Path, key: ClipKey) -> Coded | None:
    """What is in a file; None when there is no such file, or it is damaged."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    body = data[_DIGEST:]
    if hashlib.sha256(body).digest() != data[:_DIGEST]:
        log.warning("%s is damaged: the clip is made anew", path)
        return None
    head, _, octets = body.partition(b"\n")
    streams: Streams = {}
    shown: dict[int, Sequence[Thumbnail]] = {}
    at = 0
    for kbit_s, sizes in zip(key.rungs, json.loads(head), strict=True):
        ends = [at + sum(sizes[: n + 1]) for n in range(len(sizes))]
        streams[kbit_s] = [octets[a:b] for a, b in zip([at, *ends], ends, strict=False)]
        small = np.frombuffer(octets, np.uint8, len(sizes) * ROWS * COLUMNS, ends[-1]).copy()
        shown[kbit_s] = [*small.reshape(-1, ROWS, COLUMNS)]
        at = ends[-1] + small.size
    return Coded(streams, shown)


def _write(path: Path, coded: Coded) -> None:
    """Whole or not at all, also when the process is killed."""
    sizes = [[len(stream) for stream in streams] for streams in coded.streams.values()]
    body = json.dumps(sizes).encode() + b"\n"
    for kbit_s, streams in coded.streams.items():
        body += b"".join([*streams, np.stack(coded.shown[kbit_s]).tobytes()])
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".new", delete=False) as file:
        try:
            file.write(hashlib.sha256(body).digest() + body)
            file.flush()
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """While the block runs no other process is in such a block; a killed one leaves nothing locked."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _cache_folder() -> Path:
    """`LAB113_CLIPS`, or beside what other programs cache."""
    if named := os.environ.get("LAB113_CLIPS"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lab113" / "clips"
