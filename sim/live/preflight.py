"""Before a run against parts that others started: is there anything there, and does the key fit?"""

import httpx

from sim.live.bindings import Bindings


class NotReady(Exception):
    """What is missing at a target or at carriers that should run already; the text says the remedy."""


def preflight(bound: Bindings) -> None:
    """Ask the carriers and the target one harmless question each. Raises NotReady."""
    if bound.carriers_url is not None:
        _expect(bound.carriers_url, "/carriers", {}, 200, "--carriers", "start them: lab113 up carriers")
    if bound.target is not None:
        key = {"Authorization": f"Bearer {bound.target_key}"} if bound.target_key else {}
        hint = "is it the video service's address, and --target-key (or LAB113_TARGET_KEY) its key?"
        _expect(bound.target, "/api/sessions/there-is-none", key, 404, "--target", hint)


def _expect(url: str, path: str, headers: dict[str, str], status: int, option: str, hint: str) -> None:
    try:
        answer = httpx.get(url + path, headers=headers, timeout=10, trust_env=False)
    except httpx.HTTPError as error:
        raise NotReady(f"{option} {url}: nothing answers there ({error}); {hint}") from None
    if answer.status_code == 401:
        raise NotReady(f"{option} {url}: 401, the key is missing or wrong; {hint}")
    if answer.status_code != status:
        raise NotReady(f"{option} {url}: {path} was answered {answer.status_code}, not {status}; {hint}")
