"""The page: served in two languages, and used in a real browser against the real part."""

import asyncio
import contextlib
import re
import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from quiet_chromium import CHROMIUM, QUIET

from fake_carriers.carriers import load_carriers
from fake_carriers.magic import MAGIC
from fake_carriers.moods import KINDS, MALFORMED, OUTAGES
from fake_carriers.page import PAGES, WORDS
from fake_carriers.serving import Options, serving
from fake_carriers.state import State

PHONE, OTHER = "+4710000001", "+4711000002"
CALM = {"delay_s_max": 0.0, "loss": 0.0, "duplicates": 0.0, "receipt_s_min": 0.0, "receipt_s_max": 0.0}
QUICK = [replace(carrier, **CALM) for carrier in load_carriers()]  # type: ignore[arg-type]


class Part:
    """The running part, and a gateway's client of it."""

    def __init__(self, facts: dict[str, Any], http: httpx.AsyncClient) -> None:
        self.url, self.smpp, self.http = facts["url"], facts["smpp"], http

    async def send(self, text: str, to: str = PHONE, sender: str = "AMK Bergen") -> None:
        wish = {"to": to, "from": sender, "text": text}
        answer = await self.http.post("/gateway/messages", json=wish, headers={"Authorization": "Bearer key"})
        assert answer.status_code == 202, answer.text


@contextlib.asynccontextmanager
async def a_part(port: int = 0) -> AsyncIterator[Part]:
    async with (
        serving(QUICK, Options(seed=1, port=port, gateway_key="key")) as facts,
        httpx.AsyncClient(base_url=facts["url"], timeout=10) as http,
    ):
        yield Part(facts, http)


@contextlib.asynccontextmanager
async def a_page(url: str, **context: Any) -> AsyncIterator[tuple[Any, Any]]:
    """A page, and playwright's expect; no script on it may have failed."""
    api = pytest.importorskip("playwright.async_api")
    async with api.async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page(**context)
        crashes: list[str] = []
        page.on("pageerror", lambda error: crashes.append(str(error)))
        await page.goto(f"{url}/?lang=en")
        yield page, api.expect
        await browser.close()
    assert crashes == []


def phone(page: Any, number: str = PHONE) -> Any:
    return page.locator(".phone", has=page.get_by_role("heading", name=number))


def carrier(page: Any, name: str = "Telenor") -> Any:
    return page.locator(".carrier", has=page.get_by_role("heading", name=name))


def tile(page: Any, name: str) -> Any:
    """A count of Telenor's."""
    return carrier(page).locator(f"[data-fact={name}]")


# ---- without a browser


def test_the_page_is_served_in_the_language_asked_for() -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_part() as part:

            async def title(query: str = "", accepted: str = "") -> str:
                answer = await part.http.get(f"/{query}", headers={"Accept-Language": accepted})
                assert "script-src 'self'" in answer.headers["content-security-policy"]
                (found,) = re.findall("<title>(.*) · lab113</title>", answer.text)
                return str(found)

            assert await title("?lang=nb", "en") == "Mobilnettene"
            assert await title("?lang=en", "nb") == "The carriers"
            assert await title(accepted="de-DE,nn-NO;q=0.8,en;q=0.5") == "Mobilnettene"
            assert await title(accepted="en-GB,nb;q=0.5") == "The carriers"
            assert await title(accepted="de, ;=,") == "The carriers"
            assert await title("?lang=no", "en") == "Mobilnettene"
            assert await title("?lang=xx", "nb") == "Mobilnettene"  # unknown: the browser's
            assert await title("?lang=xx", "en") == "The carriers"
            assert await title("?lang=") == "The carriers"
            assert (await part.http.get("/page/words.toml")).status_code == 404

    asyncio.run(body())


def test_every_file_that_the_page_asks_for_is_there_and_none_is_from_outside() -> None:
    async def body() -> None:
        async with asyncio.timeout(20), a_part() as part:
            asked, seen = ["/"], set()
            while asked:
                path = asked.pop()
                answer = await part.http.get(path)
                assert answer.status_code == 200, path
                assert "://" not in answer.text, path
                seen.add(path)
                asked += set(re.findall('"(/page/[a-z.]+)"', answer.text)) - seen - set(asked)
            assert seen - {"/"} == {f"/page/{path.name}" for path in PAGES.glob("*.[cj]s*")}

    asyncio.run(body())


def test_both_languages_have_the_same_words_and_all_of_them() -> None:
    def keys(words: dict[str, Any]) -> dict[str, Any]:
        return {key: keys(word) if isinstance(word, dict) else None for key, word in words.items()}

    norwegian, english = keys(WORDS["nb"]), keys(WORDS["en"])
    assert set(norwegian.pop("magic_what")) == {f"{n:02}" for n in MAGIC}  # in English from the program
    assert norwegian == english
    assert set(english["states"]) == set(State.__members__)
    assert set(english["moods"]) == set(english["moods_what"]) == {*KINDS, *OUTAGES} - {"outage"}
    assert {*MALFORMED, "lost", "later"} <= set(english["fields"])
    assert set(english["tiles"]) < set(english["explained"])


@pytest.mark.parametrize("words", [WORDS["nb"], WORDS["en"]], ids=["nb", "en"])
def test_each_tile_has_a_word_of_its_own(words: dict[str, Any]) -> None:
    assert len(set(words["tiles"].values())) == len(words["tiles"])


# ---- in a browser


@pytest.mark.browser
def test_a_message_is_shown_as_the_caller_sees_it() -> None:
    async def body() -> None:
        async with asyncio.timeout(60), a_part() as part, a_page(part.url) as (page, expect):
            await expect(page.locator("#no-phones")).to_be_visible()
            await part.send("<script>document.title = 'gone'</script> & <b>bold</b>")
            bubbles = phone(page).locator(".screen .text")
            await expect(bubbles).to_have_text(["<script>document.title = 'gone'</script> & <b>bold</b>"])
            assert "lab113" in await page.title()
            assert await bubbles.locator("*").count() == 0
            await part.send("Se: https://video.example/v/a?b=1#c. Takk 👍")
            link = bubbles.last.locator("a")
            await expect(link).to_have_text("https://video.example/v/a?b=1#c")
            assert await link.evaluate("node => getComputedStyle(node).textDecorationLine") == "underline"
            await part.send("løft armen " * 40)
            await expect(bubbles.last).to_have_text("løft armen " * 40)  # the parts joined
            await expect(phone(page).locator(".from").last).to_have_text("AMK Bergen")
            await expect(page.locator("#messages .facts").first).to_contain_text("3 parts")
            await expect(page.locator("#messages .state").first).to_have_text("Delivered")
            await expect(tile(page, "delivered")).to_have_text("5")

    asyncio.run(body())


@pytest.mark.browser
def test_what_was_taken_is_delivered_lost_failed_or_on_its_way() -> None:
    """Of magic numbers, so that each end is sure; the numbers on the page add up, in parts."""

    async def body() -> None:
        async with asyncio.timeout(60), a_part() as part, a_page(part.url) as (page, expect):
            await part.send("kommer frem " * 20)  # 2 parts
            await part.send("tapt " * 40, "+4710990002")  # 2 parts
            await part.send("UNDELIV", "+4710990003")
            await part.send("to ganger", "+4710990008")
            await part.send("venter et minutt " * 20, "+4710990009")  # 3 parts
            for number in ("+4710990010", "+4710990012"):
                wish = {"to": number, "from": "AMK", "text": "nei"}
                await part.http.post("/gateway/messages", json=wish, headers={"Authorization": "Bearer key"})
            told = {"submitted": 9, "delivered": 3, "lost": 2, "failed": 1, "waiting": 3, "doubled": 1}
            for name, n in told.items():
                await expect(tile(page, name)).to_have_text(str(n))
            await expect(carrier(page).locator(".sum dd")).to_have_text(["9", "3", "2", "1", "3"])
            await expect(tile(page, "originated")).to_have_class("zero")
            await expect(tile(page, "lost")).not_to_have_class("zero")

    asyncio.run(body())


@pytest.mark.browser
def test_the_parts_of_a_message_are_one_row() -> None:
    async def body() -> None:
        async with asyncio.timeout(60), a_part() as part, a_page(part.url) as (page, expect):
            await part.send("først")
            await part.send("Živa? 👍 " * 900)  # UCS-2, 67 units a part
            await part.send("en " * 100)
            await part.send("en " * 100)
            await part.send("venter " * 50, "+4710990009")
            rows = page.locator("#messages > li")
            await expect(rows).to_have_count(5)
            states = ["On its way", *["Delivered"] * 4]
            await expect(rows.locator(".state")).to_have_text(states)
            await expect(rows.nth(0).locator(".facts")).to_contain_text("3 parts")
            await expect(rows.nth(1).locator(".facts")).to_contain_text("2 parts")
            await expect(rows.nth(3).locator(".facts")).to_contain_text(re.compile(r"\b1\d\d parts"))
            await expect(rows.nth(3).locator(".text")).to_have_text("Živa? 👍 " * 900)

    asyncio.run(body())


@pytest.mark.browser
def test_in_norwegian_what_went_wrong_is_said_in_norwegian() -> None:
    async def body() -> None:
        async with asyncio.timeout(60), a_part() as part, a_page(part.url) as (page, expect):
            await page.goto(f"{part.url}/?lang=nb")
            await expect(page.locator("#simulated")).to_contain_text("ikke tilknyttet mobilselskapene")
            await part.send("Hei")
            await phone(page).get_by_role("switch", name="På").click()
            await expect(phone(page)).to_contain_text("Avslått")
            await phone(page).get_by_role("button", name="Skriv SMS").click()
            await page.click("#write [type=submit]")
            error = page.locator("#write .error")
            await expect(error).to_have_text("Til: feltet er tomt.")
            await page.fill("#write-to", "2097")
            await page.fill("#write-text", "Hei")
            await page.click("#write [type=submit]")
            await expect(error).to_have_text("Det gikk ikke: Telefonen er av. Slå den på først.")
            await page.click("#write .leave")

            for number, wrong in (("noe", "Ikke et nummer"), ("+4719000001", "Ingen av mobilnettene")):
                await page.fill("#find-number", number)
                await page.keyboard.press("Enter")
                await expect(page.locator("#find-error")).to_contain_text(f"Det gikk ikke: {wrong}")

    asyncio.run(body())


@pytest.mark.browser
def test_the_fields_of_a_mood_are_checked_before_they_are_sent() -> None:
    fields = (
        ("loss", "#share", "0", "Share (percent): write a number above 0 and at most 100."),
        ("loss", "#share", "101", "Share (percent): write a number above 0 and at most 100."),
        ("slow", "#response_s", "", "Late by (seconds): write a number above 0."),
        ("throttled", "#rate_per_s", "-1", "At most per second: write a number above 0."),
        ("queue_full", "#for_s", "0", "Duration (seconds): write a number above 0."),
    )

    async def body() -> None:
        async with asyncio.timeout(60), a_part() as part, a_page(part.url) as (page, expect):
            await carrier(page).locator(".begin").click()
            for kind, field, value, wrong in fields:
                await page.locator(f".kinds [value={kind}]").check(force=True)
                await page.fill(field, value)
                await page.click("#mood [type=submit]")
                await expect(page.locator("#mood .error")).to_have_text(wrong)
                await expect(page.locator(field)).to_be_focused()
            assert (await part.http.get("/carriers")).json()["carriers"][0]["moods"] == []
            await page.fill("#for_s", "50")
            await page.click("#mood [type=submit]")
            await expect(carrier(page).locator(".moods li")).to_have_count(1)

    asyncio.run(body())


@pytest.mark.browser
def test_a_phone_that_nobody_attached_cannot_be_switched_on() -> None:
    async def body() -> None:
        async with (
            asyncio.timeout(60),
            serving(QUICK, Options(seed=1, gateway_key="key", simulated=False)) as facts,
            a_page(facts["url"]) as (page, expect),
        ):
            await page.fill("#find-number", PHONE)
            await page.keyboard.press("Enter")
            await expect(phone(page)).to_contain_text("Switched off")
            await phone(page).get_by_role("switch", name="On").click()
            told = f"Not done: No phone is connected for the number. Connect one to /handsets/{PHONE} first."
            await expect(phone(page).locator(".error")).to_have_text(told)

    asyncio.run(body())


@pytest.mark.browser
def test_moods_are_begun_and_ended() -> None:
    async def body() -> None:
        async with asyncio.timeout(60), a_part() as part, a_page(part.url) as (page, expect):
            chips = carrier(page).locator(".moods li")
            await carrier(page).locator(".begin").click()
            await page.locator(".kinds").get_by_text("Duplicates").click()
            await expect(page.locator("#share")).to_be_visible()
            await expect(page.locator("#rate_per_s")).to_be_hidden()
            await page.fill("#share", "25")
            await page.fill("#for_s", "300")
            await page.click("#mood [type=submit]")
            await expect(chips).to_contain_text(["Duplicates · 25 % · +5 s · 4:5"])
            (mood,) = (await part.http.get("/carriers")).json()["carriers"][0]["moods"]
            assert (mood["kind"], mood["share"], mood["after_s"]) == ("duplicates", 0.25, 5.0)

            await carrier(page).locator(".begin").click()
            await page.locator(".kinds").get_by_text("Silent").click()
            await page.fill("#for_s", "")
            await page.click("#mood [type=submit]")
            await expect(chips).to_have_count(2)
            await expect(chips.last).to_contain_text("Silent · what is sent meanwhile is lost · no end")
            await chips.first.get_by_role("button").click()
            await expect(chips).to_have_count(1)
            await part.http.delete("/carriers/telenor/moods")
            await expect(carrier(page)).to_contain_text("No moods")

    asyncio.run(body())


@pytest.mark.browser
def test_every_mood_can_be_begun_by_keyboard() -> None:
    async def body() -> None:
        async with asyncio.timeout(60), a_part() as part, a_page(part.url) as (page, expect):
            for n in range(9):
                await carrier(page, "Ice").locator(".begin").focus()
                await page.keyboard.press("Enter")
                if n:
                    await page.keyboard.press("ArrowRight")
                await page.keyboard.press("Enter")
                await expect(carrier(page, "Ice").locator(".moods li")).to_have_count(n + 1)
            moods = (await part.http.get("/carriers")).json()["carriers"][2]["moods"]
            assert [mood.get("how", mood["kind"]) for mood in moods[:3]] == ["silent", "refuse", "drop"]
            assert {mood["kind"] for mood in moods} == set(KINDS)

    asyncio.run(body())


@pytest.mark.browser
def test_a_phone_is_switched_off_found_writes_and_rings() -> None:
    async def body() -> None:
        async with asyncio.timeout(60), a_part() as part, a_page(part.url) as (page, expect):
            await page.fill("#find-number", "+4719000001")
            await page.keyboard.press("Enter")
            await expect(page.locator("#find-error")).to_contain_text("None of the carriers has the number")
            await page.fill("#find-number", "+47 10 00 00 01")
            await page.keyboard.press("Enter")
            await expect(page.locator("#find-error")).to_be_empty()
            await phone(page).get_by_role("switch", name="On").click()
            await expect(phone(page)).to_contain_text("Switched off")
            await part.send("Er du der?")
            await expect(phone(page)).to_contain_text("1 waiting for the phone")
            await phone(page).get_by_role("switch", name="On").click()
            await expect(phone(page).locator(".screen .text")).to_have_text(["Er du der?"])
            await phone(page).get_by_role("switch", name="Coverage").click()
            await expect(phone(page)).to_contain_text("No coverage")

            await phone(page).get_by_role("switch", name="Coverage").click()
            await expect(phone(page)).not_to_contain_text("No coverage")
            await phone(page).get_by_role("button", name="Write SMS").click()
            await page.fill("#write-to", "2097")
            await page.fill("#write-text", "Ja. " * 100)
            await page.click("#write [type=submit]")
            await expect(page.locator("#said")).to_have_text(f"Sent from {PHONE} to 2097 in 3 part(s).")
            await expect(tile(page, "undelivered")).to_have_text("3")

            await phone(page).get_by_role("button", name="Ring 113").click()
            await page.click("#call [type=submit]")
            told = page.locator("#told pre")
            await expect(told).to_contain_text('SMS A"ML=1;lt=+60.39299;lg=+5.32415;rd=15;')
            await page.select_option("#method", "N")
            await expect(page.locator("#lat")).to_be_hidden()
            await page.click("#call [type=submit]")
            await expect(told).to_contain_text("rd=N;")

    asyncio.run(body())


@pytest.mark.browser
def test_pdus_show_their_octets_and_magic_numbers_their_phones() -> None:
    async def body() -> None:
        async with asyncio.timeout(60), a_part() as part, a_page(part.url) as (page, expect):
            await page.click("#pdus-tab")
            await expect(page.locator("#pdus-panel")).to_contain_text("No PDUs yet")
            host, _, port = part.smpp["ice"].rpartition(":")
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(struct.pack(">IIII", 16, 0x15, 0, 0x414D4B))  # enquire_link
            rows = page.locator("#pdus li")
            await expect(rows).to_have_count(2)
            await expect(rows.last).to_contain_text("→ inenquire_link")
            await expect(rows.first).to_contain_text("← outenquire_link_resp")
            await rows.last.locator("summary").click()
            octets = rows.last.locator("pre")
            await expect(octets).to_contain_text("0000  00000010 00000015 00000000 00414d4b")
            await expect(octets).to_contain_text("·AMK")
            writer.close()
            await writer.wait_closed()

            await page.locator("#pdus-tab").focus()
            await page.keyboard.press("ArrowRight")
            await expect(page.locator("#magic li")).to_have_count(len(MAGIC))
            await expect(page.locator("#magic-made")).to_contain_text("Telia +4711 9900 …, Ice +4712 9900 …")
            await page.locator("#magic").get_by_role("button", name="+4710990003").click()
            await expect(phone(page, "+4710990003")).to_be_visible()

    asyncio.run(body())


@pytest.mark.browser
def test_the_page_tells_that_the_program_has_gone_and_keeps_what_was_typed() -> None:
    async def body() -> None:
        async with asyncio.timeout(90), contextlib.AsyncExitStack() as life:
            part = await life.enter_async_context(a_part())
            async with a_page(part.url) as (page, expect):
                await part.send("Hei", OTHER)
                await phone(page, OTHER).get_by_role("button", name="Write SMS").click()
                await page.fill("#write-to", "2097")
                await page.locator("#write-text").press_sequentially("Jeg skriver ")
                await part.send("Hei igjen", OTHER)
                await expect(phone(page, OTHER).locator(".screen .text")).to_have_count(2)
                await page.locator("#write-text").press_sequentially("ferdig")
                await life.aclose()

                lost = page.locator("#contact")
                await expect(lost).to_contain_text(re.compile(r"^Connection lost since \d\d:\d\d:\d\d"))
                await page.click("#write [type=submit]")
                error = page.locator("#write .error")
                await expect(error).to_have_text("Not done: the program does not answer")
                assert await page.input_value("#write-text") == "Jeg skriver ferdig"

                again = await life.enter_async_context(a_part(int(part.url.rpartition(":")[2])))
                await expect(lost).to_be_empty()
                await page.click("#write [type=submit]")
                await expect(page.locator("#said")).to_contain_text(f"Sent from {OTHER} to 2097")
                shown = (await again.http.get("/carriers")).json()["carriers"][1]
                assert shown["undelivered"] == 1

    asyncio.run(body())


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_it_fits_every_screen(size: tuple[int, int]) -> None:
    async def body() -> None:
        viewport = {"width": size[0], "height": size[1]}
        async with (
            asyncio.timeout(60),
            a_part() as part,
            a_page(part.url, viewport=viewport) as (page, expect),
        ):
            for n in range(5):
                await part.send("https://video.example/" + "v" * 150, f"+471000000{n}")
            for mood in (
                {"kind": "loss", "share": 0.5},
                {"kind": "malformed", "how": "sequence", "share": 1},
            ):
                await part.http.post("/carriers/telia/moods", json=mood)
            await expect(page.locator(".phone")).to_have_count(5)
            await expect(carrier(page, "Telia").locator(".moods li")).to_have_count(2)
            assert await page.evaluate("document.documentElement.scrollWidth") == size[0]
            await carrier(page).locator(".begin").click()
            box = await page.locator("#mood").bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= size[0]

    asyncio.run(body())
