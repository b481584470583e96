"""report.html: what a reader finds, whatever became of the run."""

import base64
import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from reports import write_report
from reports.pictures import STILLS_MAX
from sim.journal import Record, read_journal

EVIL = "<script>alert('113')</script><img src=x onerror=alert(1)>\"'&"


class Page(HTMLParser):
    """The tags with their attributes, and the text outside of the style."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._in_style = False
        self.html = write_report(folder).read_text(encoding="utf-8")
        self.feed(self.html)
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self._in_style else data + " "

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def banner(self) -> str:
        return next(a["class"] or "" for _, a in self.tags if (a.get("class") or "").startswith("banner"))


def edit_verdict(folder: Path, edit: Callable[[dict[str, object]], object]) -> None:
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    edit(verdict)
    (folder / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")


def test_a_live_run_tells_what_each_of_the_farms_processes_did(
    live_folder: Path, write_journal: Callable[..., None]
) -> None:
    records = read_journal(live_folder / "journal.jsonl")
    worker = {
        **dict.fromkeys(("frames_sent", "frames_received", "frames_dropped"), 0),
        **dict.fromkeys(("cpu_s", "loop_lag_s_max", "pacing_lateness_s_p99"), 0.0),
    }
    workers = [
        {**worker, "worker": 1, "frames_sent": 4711, "pacing_lateness_s_p99_worst": 0.012},
        {**worker, "worker": 2, "frames_dropped": 1234, "pacing_lateness_s_p99_worst": 0.345},
    ]
    records[0].facts["farm_workers"] = 2
    measured = Record(9.0, "lab.measured", actor="lab", facts={"workers": workers})
    write_journal(live_folder, [*records, measured])
    page = Page(live_folder)
    assert "phones and viewers in 2 processes" in page.text
    assert "4711" in page.text
    assert "1234" in page.text
    assert "0.345 s" in page.text


def test_a_live_run_tells_everything(live_folder: Path) -> None:
    page = Page(live_folder)
    assert page.banner == "banner passed"
    assert "✓ passed · The first call" in page.text
    assert "lab113 run scenarios/ci/first-call.toml --seed 113" in page.text
    handset, twin = "a real handset (Safari, a real radio)", "33 waits were told on both clocks"
    for told in ("time_to_video_s", "clock lag, worst", handset, twin):
        assert told in page.html.replace("<wbr>", "")
    assert "first frame of the front camera seen, 0.137 s after it was filmed" in page.text
    assert "Camera switch: back → front, seen 1." in page.text
    assert len(page.all("svg")) >= 4
    assert {"Checks", "Timeline", "Live beside plan"} <= set(re.findall(r"<h2[^>]*>([^<]+)</h2>", page.html))


def test_a_plan_says_what_it_cannot_show(plan_folder: Path) -> None:
    page = Page(plan_folder)
    assert page.banner == "banner passed"
    assert "A plan has no pictures" in page.text
    assert "--mode plan" in page.text
    assert not page.all("img")


def test_the_page_fetches_nothing_and_runs_nothing(live_folder: Path) -> None:
    page = Page(live_folder)
    assert not page.all("script")
    assert all((a["src"] or "").startswith("data:image/jpeg;base64,") for a in page.all("img"))
    assert {a["href"] for a in page.all("link")} == {"data:,"}
    policy = next(a["content"] for a in page.all("meta") if "http-equiv" in a)
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert "@import" not in page.html
    assert "url(" not in page.html


def test_the_page_is_told_to_those_who_cannot_see_it(live_folder: Path) -> None:
    page = Page(live_folder)
    assert all(a.get("alt") for a in page.all("img"))
    assert all(a.get("scope") for a in page.all("th"))
    assert {"lang": "en"} in page.all("html")
    levels = [int(name[1]) for name, _ in page.tags if re.fullmatch(r"h\d", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("outcome", ["failed", "unknown", "invalid", "crashed", "interrupted"])
def test_every_outcome_has_a_word_a_colour_and_a_symbol(
    plan_folder: Path, outcome: str, make_live: Callable[..., None]
) -> None:
    make_live(plan_folder, outcome=outcome, reason="video_service ended with code 1\n  | it broke")
    page = Page(plan_folder)
    assert page.banner == f"banner {outcome}"
    assert f">{outcome.capitalize()}</p>" in page.html
    assert f".{outcome}" in page.html
    assert "it broke" in page.text
    assert "ERROR relay lost" in page.text
    assert "\x1b" not in page.html


def test_the_banner_names_what_failed_and_never_rounds_it_away(live_folder: Path) -> None:
    def fail(verdict: dict[str, object]) -> None:
        verdict["outcome"] = "failed"
        for check in verdict["checks"]:
            if check["name"] == "time_to_video_s p95":
                check.update(outcome="failed", measured=30.0004)
            if check["name"].startswith("viewer_join_s"):
                check.update(outcome="failed", measured="infinite", detail="never came")

    edit_verdict(live_folder, fail)
    page = Page(live_folder)
    assert "time_to_video_s p95: 30.0004, wanted <= 30 s" in page.text
    assert re.search(r"viewer_join_s \S+: never, wanted <= 10 s", page.text)
    first_row = page.html.index("<tbody>")
    assert page.html.index("time_<wbr>to_<wbr>video_<wbr>s p95", first_row) < page.html.index(
        "every call ended", first_row
    )


def test_a_limit_of_the_lab_that_did_not_hold_is_the_reason(live_folder: Path) -> None:
    def late(verdict: dict[str, object]) -> None:
        verdict["outcome"] = "invalid"
        verdict["gates"][0].update(measured=1.4, held=False)

    edit_verdict(live_folder, late)
    page = Page(live_folder)
    assert "clock lag, worst: 1.40 s, limit 1 s" in page.text
    assert "the service is not to blame" in page.text


def test_nothing_that_was_written_by_others_becomes_markup(
    live_folder: Path, write_journal: Callable[..., None], draw_still: Callable[..., None]
) -> None:
    def write(verdict: dict[str, object]) -> None:
        verdict.update(title=EVIL, reason=EVIL, outcome="crashed", repeat=EVIL, commit=EVIL, scenario=EVIL)
        verdict["checks"][0].update(name=EVIL, detail=EVIL, unit=EVIL)
        verdict["gates"][0].update(name=EVIL, unit=EVIL)
        verdict["not_covered"] = [EVIL]

    edit_verdict(live_folder, write)
    toml = (live_folder / "resolved.toml").read_text(encoding="utf-8")
    toml = toml.replace('title = "plain"', f"title = '''{EVIL}'''").replace(
        "purpose = ", "purpose = ''' {EVIL}'''#"
    )
    (live_folder / "resolved.toml").write_text(toml.replace("{EVIL}", EVIL), encoding="utf-8")
    records = [
        *read_journal(live_folder / "journal.jsonl"),
        Record(5.0, "port.failed", "call-1", None, EVIL, 5.0, {"detail": EVIL}),
        Record(5.0, "call.answered", EVIL, None, "iccs", 5.0, {"seat": EVIL}),
        Record(5.0, "frame.first", EVIL, EVIL, EVIL, 5.0, {"camera": EVIL, "still": EVIL}),
        Record(5.0, "fault.begun", None, None, None, 5.0, {"kind": EVIL}),
        Record(5.1, "person.waited", EVIL, None, EVIL, 5.1, {"purpose": EVIL, "drawn_s": 1, "waited_s": 1}),
    ]
    write_journal(live_folder, records)
    (live_folder / "parts" / "x.log").write_text(EVIL, encoding="utf-8")
    draw_still(live_folder / "stills" / "<script>alert(2)<-back-1.jpg", "back")
    page = Page(live_folder)
    assert EVIL in page.text
    assert page.html.count("<script") == 0
    assert not [a for _, a in page.tags if any(name.startswith("on") for name in a)]


def test_the_one_time_link_stays_out_of_the_page(live_folder: Path) -> None:
    assert "a-secret-token" in (live_folder / "journal.jsonl").read_text(encoding="utf-8")
    assert "a-secret-token" not in Page(live_folder).html


def test_stills_are_small_and_at_most_so_many(live_folder: Path, draw_still: Callable[..., None]) -> None:
    for n in range(40):
        draw_still(live_folder / "stills" / f"call-1-operator-back-{n + 9}.jpg", "back", width=1280)
    page = Page(live_folder)
    pictures = page.all("img")
    assert len(pictures) == STILLS_MAX
    assert f"{48 - STILLS_MAX} more in" in page.text
    for picture in pictures:
        coded = base64.b64decode((picture["src"] or "").partition(",")[2])
        assert cv2.imdecode(np.frombuffer(coded, np.uint8), cv2.IMREAD_COLOR).shape[1] <= 480
    assert "Camera switch: back → front" in page.text  # worth more than a picture that settled


def test_pictures_that_cannot_be_read_are_left_out(
    live_folder: Path, draw_still: Callable[..., None]
) -> None:
    for n, still in enumerate(sorted((live_folder / "stills").rglob("*.jpg"))):
        still.write_bytes(b"" if n % 2 else still.read_bytes()[:100])
    (live_folder / "screenshots").mkdir()
    draw_still(live_folder / "screenshots" / "call-1-consent.png", "front")
    (live_folder / "screenshots" / "torn.png").write_bytes(b"\x89PNG")
    page = Page(live_folder)
    assert [a["alt"] for a in page.all("img")] == ["screenshot of the caller's browser: call 1 consent"]


def test_a_still_is_known_by_the_journal_whatever_its_name(
    live_folder: Path, write_journal: Callable[..., None], draw_still: Callable[..., None]
) -> None:
    shutil.rmtree(live_folder / "stills")
    draw_still(live_folder / "stills" / "deep" / "first.jpg", "back")
    draw_still(live_folder / "stills" / "stranger.jpg", "back")
    records = read_journal(live_folder / "journal.jsonl")
    for record in records:
        if record.event == "frame.first" and record.call == "call-1":
            record.facts["still"] = "deep/first.jpg"
    write_journal(live_folder, records)
    alts = [a["alt"] or "" for a in Page(live_folder).all("img")]
    assert [alt[:63] for alt in alts] == [
        "call-1, what the operator saw: back camera, first frame at 13.6",
        "other pictures, what the stranger saw: a camera, settled",
    ]


def test_a_run_that_was_killed_can_still_be_read(live_folder: Path) -> None:
    (live_folder / "verdict.json").unlink()
    journal = live_folder / "journal.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole[: whole.index(b"sms.delivered") + 4])
    page = Page(live_folder)
    assert page.banner == "banner not-judged"
    assert "Not judged" in page.text
    assert "verdict.json is missing" in page.text
    assert "lab113 run first-call.toml --seed 113" in page.text
    assert "SMS accepted by telenor" in page.text
    assert "ERROR relay lost" in page.text


@pytest.mark.parametrize("torn", [b'{"t_s": 99.0, "ev\xc3\n', b"null\n", b'{"t": 3}\n', b"\x00\x00\n"])
def test_a_journal_that_is_damaged_loses_one_line(live_folder: Path, torn: bytes) -> None:
    journal = live_folder / "journal.jsonl"
    first, rest = journal.read_bytes().split(b"\n", 1)
    journal.write_bytes(first + b"\n" + torn + rest + b'{"t_s": 99.0, "facts": {"centre": "AMK Troms\xc3')
    page = Page(live_folder)
    assert "cannot be read and are left out" in page.text
    assert "call ended by the operator" in page.text


@pytest.mark.parametrize(
    "left", [(), ("resolved.toml",), ("journal.jsonl",), ("verdict.json", "resolved.toml")]
)
def test_any_part_of_a_folder_may_be_missing_or_torn(live_folder: Path, left: tuple[str, ...]) -> None:
    shutil.rmtree(live_folder / "stills")
    shutil.rmtree(live_folder / "parts")
    for path in list(live_folder.iterdir()):
        if path.name not in left:
            path.unlink()
    page = Page(live_folder)
    assert ("not-judged" in page.banner) == ("verdict.json" not in left)
    assert "is missing" in page.text


def test_torn_verdict_and_parameters_are_noted(live_folder: Path) -> None:
    for name in ("verdict.json", "resolved.toml"):
        (live_folder / name).write_text((live_folder / name).read_text(encoding="utf-8")[:300])
    (live_folder / "journal.jsonl").write_text("")
    page = Page(live_folder)
    assert page.text.count("is torn or was edited") == 2
    assert "The journal tells of no call." in page.text


def test_text_that_is_no_unicode_is_written_all_the_same(live_folder: Path) -> None:
    edit_verdict(live_folder, lambda verdict: verdict.update(title="half \ud83d of a pair \x00"))
    assert "half ? of a pair" in Page(live_folder).html


def test_what_is_no_run_folder_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="no run folder"):
        write_report(tmp_path / "nowhere")


def test_the_report_can_be_made_again(live_folder: Path) -> None:
    assert Page(live_folder).html == Page(live_folder).html
