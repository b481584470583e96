"""Long messages of which parts are still missing. Pure."""

from fake_carriers.message import Message
from fake_carriers.submission import Submission


class Gathering:
    """One incomplete message per sender, number, reference and count of parts."""

    def __init__(self) -> None:
        self._messages: dict[tuple[object, ...], Message] = {}

    def waits_for(self, submission: Submission) -> Message | None:
        """The message that lacks this part; None when it is of a new one."""
        place = submission.place
        found = self._messages.get(_key(submission))
        return None if found is None or place is None or place.part in found.parts or found.over else found

    def put(self, submission: Submission, message: Message) -> None:
        self._messages[_key(submission)] = message

    def take_out(self, message: Message) -> None:
        """It is complete, or over."""
        key = _key(message.first.submission)
        if self._messages.get(key) is message:
            del self._messages[key]


def _key(submission: Submission) -> tuple[object, ...]:
    place = submission.place
    found = (place.reference, place.parts) if place else ()
    return submission.sender, submission.number, *found
