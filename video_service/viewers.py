"""What somebody with a viewer's token can do: look, and leave."""

from video_service.link import hashed, same
from video_service.room import Closed
from video_service.session import Ended, Session, State
from video_service.sessions import Sessions
from video_service.store import Unknown, Viewer

WAIT_S_MAX = 20.0


class BadToken(Exception):
    """The viewer's token is missing or wrong."""


class Viewers:
    """`token` is the viewer's own secret. Every method raises store.Unknown and BadToken."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._store = sessions.store

    def place(self, viewer_id: str, token: str) -> tuple[Session, Viewer]:
        """The session this viewer may watch now. Raises Ended, also for one who was shown out."""
        viewer = self._authentic(viewer_id, token)
        session = self._store.session(viewer.session)
        if viewer.shown_out or session.state is State.ENDED:
            raise Ended(session.ended_because)
        return session, viewer

    async def watch(self, viewer_id: str, token: str, offer: str, wait_s: float = 0.0) -> tuple[str, str]:
        """WHEP: (leg id, SDP answer). While nobody publishes it waits so long, at most WAIT_S_MAX.

        Raises Ended, room.NobodyPublishes, negotiation.BadOffer, negotiation.Unsupported.
        """
        session, viewer = self.place(viewer_id, token)
        room = self._sessions.relay.room(session.id)
        if room.publisher is None and wait_s > 0:
            await room.publisher_within(min(wait_s, WAIT_S_MAX))
            session, viewer = self.place(viewer_id, token)  # it may be over by now, or the viewer shown out
        try:
            return await room.watch(viewer.id, offer)
        except Closed:
            raise Ended(None) from None

    def leave(self, viewer_id: str, token: str, leg: str) -> None:
        """Raises Unknown when there is no such leg (any more)."""
        viewer = self._authentic(viewer_id, token)
        room = self._sessions.relay.rooms.get(viewer.session)
        watcher = room.watchers.get(viewer_id) if room else None
        if room is None or watcher is None or watcher.id != leg:
            raise Unknown("no such leg; it may have been replaced by a later one")
        room.leave(viewer_id, "left")

    def _authentic(self, viewer_id: str, token: str) -> Viewer:
        viewer = self._store.viewer(viewer_id)
        if not same(hashed(token), viewer.token):
            raise BadToken("the viewer's token is missing or wrong")
        return viewer
