"""A wrong aiortc is found at start-up, with the remedy."""

import asyncio
from importlib.metadata import version

import aioice.ice
import pytest
from aiortc import RTCRtpReceiver, RTCRtpSender

from lean_rtc import PrivateNameMissing, self_test
from lean_rtc.private import PIN


def test_the_installed_versions_are_the_pinned_ones_and_pass() -> None:
    assert " ".join(f"{name}=={version(name)}" for name in ("aiortc", "aioice", "pylibsrtp")) == PIN
    self_test()


def test_it_may_be_called_inside_a_loop() -> None:
    async def body() -> None:
        self_test()

    asyncio.run(body())


def test_a_missing_name_is_named_with_the_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(aioice.ice, "get_host_addresses")
    with pytest.raises(PrivateNameMissing, match=r"get_host_addresses.*aiortc==1\.16\.0"):
        self_test()


@pytest.mark.parametrize(("owner", "name"), [(RTCRtpSender, "_send_keyframe"), (RTCRtpSender, "_run_rtp")])
def test_a_method_that_is_gone_is_found(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
    monkeypatch.delattr(owner, name)
    with pytest.raises(PrivateNameMissing, match=name):
        self_test()


def test_a_name_that_is_no_longer_read_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def handles_otherwise(self: RTCRtpReceiver, packet: object, arrival_time_ms: int) -> None:
        """An aiortc that has no jitter buffer of that name any more."""

    monkeypatch.setattr(RTCRtpReceiver, "_handle_rtp_packet", handles_otherwise)
    with pytest.raises(PrivateNameMissing, match="jitter_buffer"):
        self_test()
