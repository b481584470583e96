"""The guard: the lab talks to this machine and to nobody else, however the address is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.guard import Refused, loopback_only, private_only

OWN = [
    "http://127.0.0.1:8200",
    "http://127.0.0.1",
    "https://127.0.0.1:8443/base",
    "http://127.1.2.3:80",
    "http://127.255.255.254:1",
    "http://localhost:8200",
    "http://LOCALHOST:8200",
    "HTTP://localhost",
    "http://[::1]:8200",
    "http://[0:0:0:0:0:0:0:1]:8200",
]
FOREIGN = [
    "http://0.0.0.0:8200",
    "http://[::]:8200",
    "http://10.0.0.1",
    "http://192.168.0.10:8200",
    "http://169.254.169.254",
    "http://113.example.no",
    "http://127.0.0.1.example.org",
    "http://localhost.example.org",
    "http://localhost.",
    "http://127.0.0.1.",
    "http://127.1",
    "http://127",
    "http://2130706433",
    "http://0x7f000001",
    "http://0x7f.0.0.1",
    "http://0177.0.0.1",
    "http://127.0.0.01",
    "http://127.0.0.1%00.example.org",
    "http://[::ffff:127.0.0.1]:8200",
    "http://[::ffff:10.0.0.1]",
    "http://[::127.0.0.1]",
    "http://[::1%25eth0]",
    "http://[::2]",
    "http://128.0.0.1",
    "http://126.255.255.255",
]
TRICKS = [
    "http://127.0.0.1@example.org",
    "http://127.0.0.1:8200@example.org/",
    "http://example.org@127.0.0.1",
    "http://user:key@127.0.0.1:8200",
    "http://example.org\\@127.0.0.1/",
    "http://127.0.0.1\\.example.org",
    "http://127.0.0.1\t.example.org",
    "http://127.0.0.1\n.example.org",
    "http://127.0.0.1:0",
    "http://127.0.0.1:99999",
    "http://127.0.0.1:eighty",
    "http://[::1",
    "http://127.0.0.1 .example.org",
    " http://127.0.0.1:8200",
    "http://\uff11\uff12\uff17.0.0.1",
    "http://loc\u0430lhost",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "//127.0.0.1",
    "127.0.0.1:8200",
    "http:127.0.0.1",
    "http://",
    "http://:8200",
    "",
]


@pytest.mark.parametrize("url", OWN)
def test_this_machine_is_accepted(url: str) -> None:
    assert loopback_only(url, "--target") == url


@pytest.mark.parametrize("url", ["http://127.0.0.1:8200/", "http://127.0.0.1:8200//"])
def test_a_slash_at_the_end_is_left_out(url: str) -> None:
    assert loopback_only(url, "--target") == "http://127.0.0.1:8200"


@pytest.mark.parametrize("url", FOREIGN)
def test_any_other_host_is_refused_with_the_reason(url: str) -> None:
    with pytest.raises(Refused, match=r"^--target .*(is not a loopback address|give a URL such as)"):
        loopback_only(url, "--target")


@pytest.mark.parametrize("url", TRICKS, ids=ascii)
def test_tricks_are_refused(url: str) -> None:
    with pytest.raises(Refused, match=r"^--carriers .*(is not a loopback address|give a URL such as)"):
        loopback_only(url, "--carriers")


def test_the_message_says_why_and_what_to_do() -> None:
    with pytest.raises(
        Refused, match=r"--target 'http://10\.0\.0\.1': 10\.0\.0\.1 is not .* forward a loopback port"
    ):
        loopback_only("http://10.0.0.1", "--target")


@given(st.integers(0, 2**32 - 1))
def test_of_all_ipv4_addresses_only_127_is_own(number: int) -> None:
    host = ".".join(str(byte) for byte in number.to_bytes(4, "big"))
    if host.startswith("127."):
        assert loopback_only(f"http://{host}", "--target")
    else:
        with pytest.raises(Refused):
            loopback_only(f"http://{host}", "--target")


@given(st.text(max_size=30))
def test_no_text_breaks_the_guard_or_passes_it_by_chance(text: str) -> None:
    try:
        host = loopback_only(f"http://{text}", "--target")
    except Refused:
        return
    assert host.lower().removeprefix("http://").startswith(("127.", "localhost", "[::1]", "[0"))


PRIVATE = [
    "127.0.0.1",
    "localhost",
    "::1",
    "10.113.0.2",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.20",
    "fd00::1",
]
PUBLIC = ["0.0.0.0", "::", "8.8.8.8", "172.32.0.1", "169.254.169.254", "100.64.0.1", "fe80::1", "2001:db8::1"]


@pytest.mark.parametrize("host", PRIVATE)
def test_machines_of_a_lab_are_accepted(host: str) -> None:
    assert private_only(host, "--country-host") == host


@pytest.mark.parametrize("host", [*PUBLIC, "::ffff:10.0.0.1", "113.example.no", "10.1", "10.0.0.1/8", ""])
def test_other_machines_are_refused(host: str) -> None:
    with pytest.raises(Refused, match=r"^--country-host .*(is not a private address|give an IP address)"):
        private_only(host, "--country-host")
