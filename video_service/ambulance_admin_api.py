"""The contract's section 5, for the administrator of the service, who says which phones are ambulances'."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field

from video_service.ambulance import Ambulances
from video_service.ambulance_api import Name
from video_service.enrolment import AmbulancePhone
from video_service.operator_api import key_needed
from video_service.store import Store

CODE_EXPIRES_S = 3600.0
_WEEK_S = 7 * 24 * 3600.0


class Expected(BaseModel):
    """A phone that shall be enrolled: its AMK, and the centres that it may stream to beside it."""

    amk: Name
    centres: Annotated[list[Name], Field(max_length=200)] = []
    expires_in_s: Annotated[float, Field(gt=0, le=_WEEK_S)] = CODE_EXPIRES_S


def ambulance_admin_api(ambulances: Ambulances, store: Store, key: str) -> APIRouter:
    """Routes below /api/admin, all of which need the administrator's key."""
    needed = Depends(key_needed(key, "administrator"))
    api = APIRouter(prefix="/api/admin/phones", tags=["administrator"], dependencies=[needed])

    @api.post("", status_code=201)
    async def expect(wish: Expected) -> dict[str, Any]:
        phone, code = ambulances.expect(wish.amk, wish.centres, wish.expires_in_s)
        return {
            "phone": phone.id,
            "code": code,
            "amk": phone.amk,
            "centres": list(phone.centres),
            "expires_in_s": wish.expires_in_s,
        }

    @api.get("")
    async def phones() -> list[dict[str, Any]]:
        return [_told(phone) for phone in store.phones()]

    @api.delete("/{phone}", status_code=204)
    async def revoke(phone: str) -> Response:
        ambulances.revoke(phone)
        return Response(status_code=204)

    @api.get("/{phone}/audit")
    async def audit(phone: str) -> list[dict[str, Any]]:
        return store.audit(store.phone(id=phone).id)

    return api


def _told(phone: AmbulancePhone) -> dict[str, Any]:
    state = "revoked" if phone.revoked_at else "enrolled" if phone.enrolled_at else "expected"
    return {
        "phone": phone.id,
        "state": state,
        "name": phone.name,
        "amk": phone.amk,
        "centres": list(phone.centres),
    }
