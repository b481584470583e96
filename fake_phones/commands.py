"""The commands of the farm: one JSON object each, `{"id": 7, "do": "phone.open", ...}`."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from fake_phones.failed import Failed
from fake_phones.scenes import Facing
from fake_phones.stamp import Strip

Name = Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,100}$")]
StampHex = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{16}$")]
Side = Annotated[int, Field(ge=120, le=1920)]


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: int | str


class _OnPhone(_Command):
    phone: Name


class _OnViewer(_Command):
    viewer: Name


class _Sized(_Command):
    width: Side = 640
    height: Side = 360

    @model_validator(mode="after")
    def _has_a_stamp(self) -> Self:
        Strip.of(self.width, self.height)
        return self


class PhoneAdd(_OnPhone, _Sized):
    """A handset: registered with its carrier, ready to film."""

    do: Literal["phone.add"]
    number: Annotated[str, Field(pattern=r"^\+[0-9]{6,15}$")]
    carriers_url: Annotated[str, Field(pattern=r"^(http|ws)s?://")]
    stamp: StampHex
    kind: Literal["live", "chromium"] = "live"
    scene: str = "chest-pain"
    scene_seed: int = 0
    camera: Facing = "back"
    fps: Annotated[float, Field(ge=1, le=60)] = 15
    stamp_covered: bool = False
    camera_fails: bool = False
    films: bool = True
    """False: of a caller who will never film no scene is drawn (a browser draws it all the same)."""
    screenshots_dir: Path | None = None


class PhoneReady(_OnPhone):
    """Answered when the scene is drawn: the camera could come on at once."""

    do: Literal["phone.ready"]


class PhoneNextSms(_OnPhone):
    do: Literal["phone.next_sms"]


class PhoneOpen(_OnPhone):
    do: Literal["phone.open"]
    link: Annotated[str, Field(pattern=r"^https?://")]


class PhoneConsent(_OnPhone):
    do: Literal["phone.consent"]


class PhoneRefuse(_OnPhone):
    do: Literal["phone.refuse"]


class PhoneWithdraw(_OnPhone):
    do: Literal["phone.withdraw"]


class PhonePublish(_OnPhone):
    do: Literal["phone.publish"]


class PhoneWaitEnd(_OnPhone):
    do: Literal["phone.wait_end"]


class PhoneRemove(_OnPhone):
    do: Literal["phone.remove"]


class ViewerWatch(_OnViewer, _Sized):
    """Somebody who looks at the picture that carries `stamp`. Not `timed`: its capture times are not true."""

    do: Literal["viewer.watch"]
    stamp: StampHex
    whep_url: Annotated[str, Field(pattern=r"^https?://")]
    whep_token: str
    stills_dir: Path | None = None
    limit_s: Annotated[float, Field(gt=0, le=3600)] = 30
    timed: bool = True


class ViewerWaitForCamera(_OnViewer):
    do: Literal["viewer.wait_for_camera"]
    camera: Facing | None = None


class ViewerOver(_OnViewer):
    do: Literal["viewer.over"]
    because: str = ""


class ViewerLeave(_OnViewer):
    do: Literal["viewer.leave"]


class StampsRegister(_Command):
    """Sessions of this run that other farms film: to see one of them here is a stray."""

    do: Literal["stamps.register"]
    stamps: list[StampHex]


class FarmTotals(_Command):
    do: Literal["farm.totals"]


OnPhone = (
    PhoneReady
    | PhoneNextSms
    | PhoneOpen
    | PhoneConsent
    | PhoneRefuse
    | PhoneWithdraw
    | PhonePublish
    | PhoneWaitEnd
    | PhoneRemove
)
OnViewer = ViewerWaitForCamera | ViewerOver | ViewerLeave
Command = PhoneAdd | OnPhone | ViewerWatch | OnViewer | StampsRegister | FarmTotals

_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="do")])


def read(request: object) -> Command:
    """The command in a request. Raises Failed (`usage`) with every error named by its place."""
    try:
        return _COMMAND.validate_python(request)
    except ValidationError as error:
        raise Failed("; ".join(_text(list(e["loc"]), e["msg"]) for e in error.errors()), "usage") from None


def _text(place: list[int | str], message: str) -> str:
    where = ".".join(str(part) for part in place[1:])
    return f"{where}: {message}" if where else message
