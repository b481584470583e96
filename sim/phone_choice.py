"""Which kind of phone can do what a scenario asks of its caller."""

from pathlib import Path
from typing import TYPE_CHECKING

from sim.guard import Refused, loopback_only
from sim.reading import BadFile, at, nearest, read_toml

if TYPE_CHECKING:
    from sim.call_table import CallerSpec

_DEVICES = Path(__file__).parent.parent / "scenarios" / "data" / "devices.toml"
_PAGES = ("live", "lean", "chromium")  # the lab itself presses what the caller presses

# keys of a caller, and the phones they go with
GOES_WITH: dict[str, tuple[str, ...]] = {
    "device": ("chromium",),
    "denies_camera": _PAGES,
    "media_blocked": ("live", "lean"),
    "reloads_page_at_s": _PAGES,
    "closes_tab_at_s": _PAGES,
    "locks_at_s": ("chromium",),
    "unlocks_after_s": ("chromium",),
    "parameters": ("live", "chromium"),  # a lean phone films a clip of the scene as it is by default
    "radio": _PAGES,  # an attached phone has one of its own
    "webdriver": ("attached",),
    "capabilities": ("attached",),
}


def check_phone(caller: "CallerSpec", path: Path, keys: tuple[str | int, ...]) -> None:
    """Raises BadFile with file, line, key and remedy; `keys` lead to the caller."""
    for key, phones in GOES_WITH.items():
        chosen = getattr(caller, key)
        if chosen not in (None, False, (), {}) and caller.phone not in phones:
            can = " or ".join(f'"{phone}"' for phone in phones)
            raise BadFile(f'{at(path, (*keys, key))}: not with phone = "{caller.phone}"; it goes with {can}')
    if caller.webdriver is not None:
        try:
            loopback_only(caller.webdriver, "webdriver")
        except Refused as error:
            raise BadFile(f"{at(path, (*keys, 'webdriver'))}: {error}") from None
    if caller.device is not None and caller.device not in (devices := list(read_toml(_DEVICES))):
        where = at(path, (*keys, "device"))
        raise BadFile(f"{where}: unknown device {caller.device!r}; {nearest(caller.device, devices)}")
    if caller.unlocks_after_s is not None and caller.locks_at_s is None:
        raise BadFile(f"{at(path, (*keys, 'unlocks_after_s'))}: goes with locks_at_s")
    closes_s = caller.closes_tab_at_s
    for mishap in caller.mishaps:
        if closes_s is not None and mishap.at_s >= closes_s and mishap.does != "close_tab":
            where = at(path, (*keys, "closes_tab_at_s"))
            raise BadFile(f"{where}: the tab is gone then; what happens at {mishap.at_s:g} s must be before")
