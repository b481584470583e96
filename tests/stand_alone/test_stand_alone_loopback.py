"""What counts as this machine."""

import pytest

from stand_alone import is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "example.org", "localhost.example.org", "10.0.0.1", "0.0.0.0", "::1%eth0", "::2", "127.1"]
)
def test_any_other(host: str) -> None:
    assert not is_loopback(host)
