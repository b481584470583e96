"""What every kind of phone in the farm can do; its SMS come through its inbox."""

from typing import Any, Protocol


class Phone(Protocol):
    """A handset in somebody's hand. Every method raises Failed when it was not done."""

    timed: bool  # whether the stamp carries the true time of capture

    async def begin(self) -> None:
        """Get ready; what is slow goes on in the background until the camera needs it."""

    async def ready(self) -> None:
        """Wait until the slow part is done, and the camera could come on at once."""

    async def open(self, link: str) -> None:
        """Open the link in the phone's browser."""

    async def consent(self) -> None:
        """Press yes on the page."""

    async def refuse(self) -> None:
        """Press no on the page."""

    async def withdraw(self) -> None:
        """Take the consent back: the picture stops."""

    async def publish(self) -> None:
        """Camera on; returns when the picture's connection stands."""

    async def reload(self) -> None:
        """Load the page anew; returns when the picture's connection stands again, if there was one."""

    async def close_tab(self) -> None:
        """The page is gone, without a goodbye to the service; the link can be opened again."""

    async def lock(self) -> None:
        """The screen goes dark: the page is hidden, and the camera gives no more pictures."""

    async def unlock(self) -> None:
        """Back on the page; returns when pictures go out again, if they did before."""

    async def change(self, parameter: str, value: object) -> dict[str, Any]:
        """Set this about the scene from now on; returns `frame`, the number of the first frame that shows it,
        once that is drawn. None: it films nothing now, and what it films next shows it."""

    async def wait_end(self) -> str:
        """Wait until the picture has ended; returns why."""

    async def close(self) -> None:
        """Stop everything; every wait ends. Again: nothing more."""

    def facts(self) -> dict[str, Any]:
        """The totals: at least `frames_sent`."""
