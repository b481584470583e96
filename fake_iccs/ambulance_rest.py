"""REST for the seats that watch an ambulance's stream; `seat` is who asks, as "LV Bergen/1"."""

from typing import Any

from fastapi import FastAPI, Response

from fake_iccs.ambulance_desk import AmbulanceDesk
from fake_iccs.wishes import CameraWanted, Role


def serve(app: FastAPI, desk: AmbulanceDesk) -> None:
    """Add the routes below /ambulances to an application."""

    @app.get("/ambulances")
    async def streams(centre: str) -> list[dict[str, Any]]:
        return desk.streams(centre)

    @app.put("/ambulances/{session}/watch")
    async def watch(session: str, seat: str, response: Response) -> dict[str, Any]:
        viewer, new = await desk.watch(session, seat)
        response.status_code = 201 if new else 200
        return {"session": session, **vars(viewer)}

    @app.delete("/ambulances/{session}/watch", status_code=204)
    async def leave(session: str, seat: str) -> None:
        await desk.leave(session, seat)

    @app.put("/ambulances/{session}/camera", status_code=202)
    async def camera(session: str, seat: str, wanted: CameraWanted) -> dict[str, Any]:
        await desk.camera(session, seat, wanted.camera)
        return {"camera": wanted.camera}

    @app.put("/ambulances/{session}/viewers/{role}")
    async def invite(session: str, role: Role, seat: str, response: Response) -> dict[str, Any]:
        viewer, new = await desk.invite(session, seat, role)
        response.status_code = 201 if new else 200
        return vars(viewer)

    @app.delete("/ambulances/{session}/viewers/{role}", status_code=204)
    async def show_out(session: str, role: Role, seat: str) -> None:
        await desk.show_out(session, seat, role)

    @app.delete("/ambulances/{session}", status_code=204)
    async def end(session: str, seat: str) -> None:
        await desk.end(session, seat)
