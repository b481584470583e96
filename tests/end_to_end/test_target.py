"""Another video service as the target: started apart, its SMPP pointed at `lab113 up carriers`."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.slow
def test_a_separately_started_service_passes(command_line: Any, first_call: Path, tmp_path: Path) -> None:
    carriers = command_line.start("sim", "up", "carriers")
    said = _until_said(carriers, "Ctrl-C")
    url = re.search(r"http://127\.0\.0\.1:\d+", said)
    smpp = re.search(r"telenor\W+(127\.0\.0\.1:\d+)", said)
    assert url is not None, said
    assert smpp is not None, said
    service = command_line.start("video_service", "--smpp", smpp[1], LAB113_VIDEO_KEY="a-key-of-the-test")
    ready = _until_said(service, '{"part"').splitlines()[-1]  # a log line may follow on the same line
    target = json.JSONDecoder().raw_decode(ready)[0]["url"]
    words = ["--target", target, "--carriers", url[0], "--report", str(tmp_path)]
    code, told = command_line.lab113("run", str(first_call), *words, LAB113_TARGET_KEY="a-key-of-the-test")
    assert code == 0, told
    assert "call-4" in told
    code, told = command_line.lab113("run", str(first_call), *words, LAB113_TARGET_KEY="a wrong key")
    assert code == 2, told
    assert "401, the key is missing or wrong" in told
    code, told = command_line.lab113("run", str(first_call), *words, LAB113_TARGET_KEY="a-key-of-the-test")
    assert code == 0, told  # again: what the carriers told of the first run is not taken for this one's


def _until_said(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout is not None
    said = ""
    while word not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return said
