"""The program: its ready line, its end, its errors."""

import json
import os
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
import tomli_w
from carriers_lab import QUICK, Bench, End, short

from fake_carriers import __main__ as program
from fake_carriers.__main__ import GATEWAY_KEY, main
from fake_carriers.carriers import DEFAULT_FILE
from fake_carriers.certificate import make_certificate
from fake_carriers.durable import Durable
from fake_carriers.smpp import Command

ROOT = Path(__file__).parents[2]


def test_the_program_is_ready_and_ends_with_its_input() -> None:
    command = [sys.executable, "-m", "fake_carriers", "--seed", "7", "--tls"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, GATEWAY_KEY: "from the environment"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            assert running.stdout is not None
            ready = json.loads(running.stdout.readline())
            certificate = Path(ready["tls_certificate"])
            assert ssl.create_default_context(cafile=certificate).cert_store_stats()["x509"] > 0
            out, errors = running.communicate(timeout=15)  # closes the standard input
        finally:
            running.kill()
    assert (running.returncode, out, errors) == (0, "", "")
    assert (ready["part"], list(ready["smpp"])) == ("fake_carriers", ["telenor", "telia", "ice"])
    assert list(ready["smpps"]) == list(ready["smpp"])
    assert ready["url"].startswith("http://127.0.0.1:")
    assert ready["gateway_key"] == "from the environment"
    assert not certificate.exists()


@pytest.fixture(autouse=True)
def _leave_the_collector_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_settle", lambda: None)


def bad_usage(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert ended.value.code == 2
    out, errors = capsys.readouterr()
    assert out == ""
    return errors


def test_help_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    for option in ("--carriers", "--seed", "--smpp-port", "--smpps-port", "--tls", "--tls-cert", "--tls-key"):
        assert option in told
    for option in ("--store", "--handsets", "--gateway-key", "--aml-url", "--forever", "--port", "--host"):
        assert option in told


def test_a_bad_file_is_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "carriers.toml"
    file.write_text(DEFAULT_FILE.read_text("utf-8").replace("duplicates", "dublicates"), "utf-8")
    told = bad_usage(capsys, "--carriers", file)
    assert f"{file}: carrier 'telenor': unknown key 'dublicates': did you mean 'duplicates'?" in told


@pytest.mark.parametrize("option", ["--smpp-port", "--smpps-port"])
@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("telnor=2775", "no carrier 'telnor': did you mean 'telenor'?"),
        ("2775", "is not NAME=PORT"),
        ("telenor=x", "is not NAME=PORT"),
        ("telenor=²", "is not NAME=PORT"),
        ("telenor=99999", "is not NAME=PORT"),
    ],
)
def test_a_bad_smpp_port_is_bad_usage(
    option: str, value: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = bad_usage(capsys, option, value)
    assert told in errors
    assert option in errors


def test_a_bad_choice_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert "simulated" in bad_usage(capsys, "--handsets", "smoke")
    assert "--seed" in bad_usage(capsys, "--seed", "x")


def test_a_bad_certificate_is_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    certificate, key = make_certificate("127.0.0.1", tmp_path)
    (tmp_path / "other").mkdir()
    other, _ = make_certificate("127.0.0.1", tmp_path / "other")
    assert "go together" in bad_usage(capsys, "--tls-cert", certificate)
    assert "go together" in bad_usage(capsys, "--tls-key", key)
    nowhere = tmp_path / "nowhere.crt"
    assert f"{nowhere}: no such file" in bad_usage(capsys, "--tls-cert", nowhere, "--tls-key", key)
    for wrong in (key, other, DEFAULT_FILE):
        told = bad_usage(capsys, "--tls-cert", wrong, "--tls-key", key)
        assert f"--tls-cert {wrong} and --tls-key {key} are no pair in PEM" in told


def no_folder(path: Path) -> Path:
    return path / "nowhere" / "queue.db"


def a_folder(path: Path) -> Path:
    return path


def a_text(path: Path) -> Path:
    path /= "text.db"
    path.write_text("this is no database" * 100)
    return path


def somebody_else_s(path: Path) -> Path:
    path /= "shop.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE parts (name TEXT, price REAL)")
    db.commit()
    db.close()
    return path


@pytest.mark.parametrize("what", [no_folder, a_folder, a_text, somebody_else_s])
def test_a_store_that_cannot_be_one_is_told(
    what: Callable[[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = what(tmp_path)
    told = bad_usage(capsys, "--store", path)
    assert told.startswith(f"fake_carriers: the store {path} cannot be used: ")
    assert len(told.splitlines()) == 1


def test_a_damaged_store_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "queue.db"
    Durable(path).close()
    db = sqlite3.connect(path)
    db.executescript("DROP TABLE screens; CREATE TABLE screens (colour TEXT)")
    db.close()
    assert str(path) in bad_usage(capsys, "--store", path)


def test_a_store_of_other_carriers_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, others = tmp_path / "queue.db", tmp_path / "others.toml"
    store = Durable(path)
    bench = Bench(store=store)
    End(bench, Command.BIND_TRANSMITTER).put(Command.SUBMIT_SM, short())
    store.close()
    others.write_text(tomli_w.dumps({"carriers": [asdict(QUICK[1])]}), "utf-8")
    told = bad_usage(capsys, "--store", path, "--carriers", others)
    assert f"the store {path} is of other carriers" in told
    assert "--carriers" in told
