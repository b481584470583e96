"""How a phone becomes an ambulance's: one code, one key, and everything that must not work."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from ambulance_rig import ADMIN_KEY, AMK, LV, OTHER_LV, Administrator, Crew, enrolled
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from vs_rig import KEY, lab

from video_service import __main__ as program
from video_service.ambulance_challenge import GOOD_FOR_S, Challenges
from video_service.enrolment import AmbulancePhone, CodeOver, NotAuthentic
from video_service.enrolment import enrolled as rule
from video_service.store import Store


def test_only_the_administrators_key_makes_codes(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            phones = "/api/admin/phones"
            for given in ("", f"Bearer {KEY}", "Bearer wrong", ADMIN_KEY):
                headers = {"Authorization": given}
                for method, path in (
                    ("POST", phones),
                    ("GET", phones),
                    ("DELETE", phones + "/x"),
                    ("GET", phones + "/x/audit"),
                ):
                    answer = await it.http.request(method, path, headers=headers, json={"amk": AMK})
                    assert answer.status_code == 401, (given, method, path)
                    assert "administrator's key" in answer.json()["detail"]
            administrator = Administrator(it)
            headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
            assert (await it.http.get("/api/ambulances?centre=x", headers=headers)).status_code == 401
            assert await administrator.phones() == []
            for wrong in ({}, {"amk": ""}, {"amk": "a\nb"}, {"amk": AMK, "expires_in_s": 0}):
                assert (await administrator.http.post(phones, json=wrong)).status_code == 422, wrong
            assert await administrator.revoke("nobody") == 404

    asyncio.run(body())


def test_a_code_is_good_for_one_phone(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            administrator, crew = Administrator(it), Crew(it)
            made = await administrator.code(centres=[LV, AMK, LV])
            assert made["centres"] == [LV]
            assert len(made["code"]) >= 22  # 128 bits in base64
            enrolment = await crew.enrol(made["code"])
            assert enrolment.status_code == 201
            told = {"phone": made["phone"], "name": "Ambulanse 3-1", "amk": AMK, "centres": [LV]}
            assert enrolment.json() == told
            for other in (crew, Crew(it)):
                again = await other.enrol(made["code"], "Ambulanse 3-2")
                assert again.status_code == 410
                assert "has been used" in again.json()["detail"]
            assert await administrator.phones() == [{**told, "state": "enrolled"}]
            lines = await administrator.audit(made["phone"])
            assert [(line["event"], line["who"]) for line in lines] == [
                ("ambulance.expected", "administrator"),
                ("ambulance.enrolled", "crew"),
                *[("ambulance.refused", "anybody")] * 2,
            ]
            assert it.events == []  # no centre is told of phones

    asyncio.run(body())


def test_of_two_phones_with_one_code_at_once_one_wins(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            administrator = Administrator(it)
            code = (await administrator.code())["code"]
            crews = [Crew(it) for _ in range(6)]
            tries = (crew.enrol(code, f"Ambulanse {n}") for n, crew in enumerate(crews))
            answers = await asyncio.gather(*tries)
            assert sorted(answer.status_code for answer in answers) == [201, *[410] * 5]
            assert len(await administrator.phones()) == 1
            (won,) = (crew for crew, answer in zip(crews, answers, strict=True) if answer.is_success)
            assert [(await crew.start()).status_code for crew in crews if crew is not won] == [401] * 5
            assert (await won.start()).status_code == 201

    asyncio.run(body())


def test_what_is_no_enrolment_is_refused_and_leaves_the_code_good(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            administrator, first, _ = await enrolled(it)
            made, crew = await administrator.code(), Crew(it)
            code = made["code"]
            assert (await crew.enrol("no such code")).status_code == 404
            assert (await crew.enrol(code, amk="AMK Annen")).status_code == 403
            taken = await crew.enrol(code)  # the name of the first
            assert (taken.status_code, "already" in taken.json()["detail"]) == (409, True)
            known = await Crew(it, first.key).enrol(code, "Ambulanse 3-3")
            assert (known.status_code, "make a new one" in known.json()["detail"]) == (409, True)
            for changes in FORGED:
                signed = {"code": code, "name": "Ambulanse 3-4", "amk": AMK, "public_key": crew.public_key}
                signed["signature"] = crew.sign("lab113 enrol", code, "Ambulanse 3-4", AMK)
                sent = json.dumps({**signed, **changes})
                answer = await crew.http.post("/ambulance/phones", content=sent, headers=AS_JSON)
                assert answer.status_code == (401 if len(changes) == 1 else 422), (changes, answer.text)
            assert len(await administrator.refusals(made["phone"])) == 3 + 3
            assert (await crew.enrol(code, "Ambulanse 3-4")).status_code == 201

    asyncio.run(body())


AS_JSON = {"Content-Type": "application/json"}
OTHERS_KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="  # RFC 8032, test 1
FORGED: list[dict[str, Any]] = [  # with `note` it is not even well made
    {"name": "Ambulanse 9-9"},
    {"public_key": OTHERS_KEY},
    {"signature": "A" * 86 + "=="},
    {"note": "", "signature": "A" * 20},
    {"note": "", "public_key": "A" * 20},
    {"note": "", "public_key": None},
    {"note": "", "name": "two\nlines"},
    {"note": "", "name": ""},
    {"note": "", "name": "\ud800"},
    {"note": "", "code": 7},
]


def test_a_code_expires_and_can_be_taken_back(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            administrator, crew = Administrator(it), Crew(it)
            late = await administrator.code(expires_in_s=0.01)
            await asyncio.sleep(0.05)
            expired = await crew.enrol(late["code"])
            assert (expired.status_code, "expired" in expired.json()["detail"]) == (410, True)
            back = await administrator.code()
            for _ in range(2):
                assert await administrator.revoke(back["phone"]) == 204
            taken_back = await crew.enrol(back["code"])
            assert (taken_back.status_code, "taken back" in taken_back.json()["detail"]) == (410, True)
            revoked = [
                line for line in await administrator.audit(back["phone"]) if "revoked" in line["event"]
            ]
            assert len(revoked) == 1
            assert (await crew.start()).status_code == 401

    asyncio.run(body())


def test_a_revoked_phone_gives_its_name_free_and_its_key_never(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            administrator, lost, phone = await enrolled(it)
            assert await administrator.revoke(phone) == 204
            made = await administrator.code()
            assert (await Crew(it, lost.key).enrol(made["code"])).status_code == 409
            assert (await Crew(it).enrol(made["code"])).status_code == 201
            assert [each["state"] for each in await administrator.phones()] == ["revoked", "enrolled"]
            assert (await lost.start()).status_code == 403
            assert await administrator.refusals(phone) == ["this phone has been revoked"]

    asyncio.run(body())


def test_what_is_kept_of_a_phone_is_no_secret(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            administrator, crew = Administrator(it), Crew(it)
            used, unused = await administrator.code(), await administrator.code()
            await crew.enrol(used["code"])
            await crew.start(LV)
            secrets = [used["code"], unused["code"], crew.stream["token"], ADMIN_KEY]
        kept = "".join(sqlite3.connect(tmp_path / "video.db").iterdump())
        assert "Ambulanse 3-1" in kept
        assert [secret for secret in secrets if secret in kept] == []

    asyncio.run(body())


def test_a_challenge_is_good_once_and_for_a_short_time() -> None:
    challenges, others = Challenges(), Challenges()
    nonce = challenges.make(100.0)
    challenges.spend(nonce, 100.0 + GOOD_FOR_S - 0.1)
    with pytest.raises(NotAuthentic, match="before"):
        challenges.spend(nonce, 100.0 + GOOD_FOR_S - 0.1)
    late = challenges.make(100.0)
    with pytest.raises(NotAuthentic, match="expired"):
        challenges.spend(late, 100.0 + GOOD_FOR_S)
    stretched = late.replace(late.partition(".")[0], "999", 1)
    for foreign in (others.make(100.0), stretched, "", "...", "æøå", late + "0", late[:-1]):
        with pytest.raises(NotAuthentic, match="not one of this service"):
            challenges.spend(foreign, 100.0)
    for n in range(1000):
        challenges.spend(challenges.make(200.0 + n), 200.0 + n)
    assert len(challenges._spent) <= GOOD_FOR_S + 1  # what has expired is forgotten


def test_the_rule_counts_time_from_the_code() -> None:
    phone = AmbulancePhone("p", "hash", code_expires_at=50.0, amk=AMK, centres=(OTHER_LV,))
    assert rule(phone, "A", AMK, "key", [], 49.9).enrolled_at == 49.9
    with pytest.raises(CodeOver, match="expired"):
        rule(phone, "A", AMK, "key", [], 50.0)


def test_a_database_from_before_ambulances_is_brought_up_to_date(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/video.db"
    Store(url).close()
    with sqlite3.connect(tmp_path / "video.db") as old:
        old.execute("ALTER TABLE sessions DROP COLUMN ambulance")
        old.execute("ALTER TABLE viewers DROP COLUMN centre")
        old.execute("DROP TABLE ambulance_phones")
    old.close()

    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            session, _ = await it.called()
            assert (await it.state(session))["viewers"][0]["role"] == "operator"
            _, crew, _ = await enrolled(it)
            assert (await crew.start(LV)).status_code == 201

    asyncio.run(body())


def test_the_keys_of_operator_and_administrator_differ(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAB113_VIDEO_ADMIN_KEY", "one")
    made = program.settings(program.options().parse_args(["--key", "other"]), "folder")
    assert (made.key, made.admin_key) == ("other", "one")
    monkeypatch.setattr("sys.argv", ["video_service", "--key", "one"])
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 2
    assert "another --admin-key" in capsys.readouterr().err
    monkeypatch.delenv("LAB113_VIDEO_ADMIN_KEY")
    drawn = {program.settings(program.options().parse_args([]), "folder").admin_key for _ in range(2)}
    assert len(drawn) == 2


def test_a_key_that_is_no_point_of_the_curve_is_refused(tmp_path: Path) -> None:
    async def body() -> None:
        async with lab(tmp_path, admin_key=ADMIN_KEY) as it:
            code = (await Administrator(it).code())["code"]
            crew = Crew(it, Ed25519PrivateKey.generate())
            wish = {"code": code, "name": "A", "amk": AMK, "signature": crew.sign("lab113 enrol")}
            for key in ("/" * 43 + "=", "A" * 43 + "="):
                answer = await crew.http.post("/ambulance/phones", json={**wish, "public_key": key})
                assert answer.status_code == 401, answer.text

    asyncio.run(body())
