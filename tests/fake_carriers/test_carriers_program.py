"""The program: its ready line, its end, its errors."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fake_carriers.__main__ import main
from fake_carriers.carriers import DEFAULT_FILE

ROOT = Path(__file__).parents[2]


def test_the_program_is_ready_and_ends_with_its_input() -> None:
    command = [sys.executable, "-m", "fake_carriers", "--seed", "7"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        try:
            assert program.stdout is not None
            ready = json.loads(program.stdout.readline())
            out, _ = program.communicate(timeout=15)  # closes the standard input
        finally:
            program.kill()
    assert (program.returncode, out) == (0, "")
    assert (ready["part"], list(ready["smpp"])) == ("fake_carriers", ["telenor", "telia", "ice"])
    assert ready["url"].startswith("http://127.0.0.1:")


def bad_usage(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_a_bad_file_is_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "carriers.toml"
    file.write_text(DEFAULT_FILE.read_text("utf-8").replace("duplicates", "dublicates"), "utf-8")
    told = bad_usage(capsys, "--carriers", str(file))
    assert f"{file}: carrier 'telenor': unknown key 'dublicates': did you mean 'duplicates'?" in told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("telnor=2775", "no carrier 'telnor': did you mean 'telenor'?"),
        ("2775", "is not NAME=PORT"),
        ("telenor=x", "is not NAME=PORT"),
        ("telenor=99999", "is not NAME=PORT"),
    ],
)
def test_a_bad_smpp_port_is_bad_usage(value: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told in bad_usage(capsys, "--smpp-port", value)
