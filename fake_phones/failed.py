"""Why a command was not done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import httpx

Kind = Literal["refused", "limit", "gone", "usage", "broken"]


class Failed(Exception):
    """A command was not done.

    `refused`: the service said no (`status` is its HTTP status) · `limit`: it took too long ·
    `gone`: cancelled, or the phone or viewer is no more · `usage`: the command makes no sense now ·
    `broken`: something did not work.
    """

    def __init__(self, text: str, kind: Kind, status: int | None = None) -> None:
        super().__init__(text)
        self.kind: Kind = kind
        self.status = status


def refused(response: httpx.Response) -> Failed:
    """What an HTTP answer that is not the wanted one amounts to."""
    text = " ".join(response.text.split())[:200]
    asked = f"{response.request.method} {response.request.url.path}"
    return Failed(f"{asked} was answered {response.status_code}: {text}", "refused", response.status_code)


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Turn what goes wrong on the way to `url` into Failed."""
    try:
        yield
    except httpx.TimeoutException:
        raise Failed(f"{url} did not answer in time", "limit") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Failed(f"cannot reach {url}: {error or type(error).__name__}", "broken") from None
