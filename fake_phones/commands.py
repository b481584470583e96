"""The commands of the farm: one JSON object each, `{"id": 7, "do": "phone.open", ...}`."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from fake_phones.failed import Failed
from fake_phones.scenes import Facing, Value, check
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
    number: Annotated[str, Field(pattern=r"^\+[0-9]{6,15}$")] | None = None
    """This and `carriers_url`: of every phone that gets SMS: not an ambulance's, nor one with `whip_url`."""
    carriers_url: Annotated[str, Field(pattern=r"^(http|ws)s?://")] | None = None
    whip_url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    """Of a lean or live phone that publishes straight there, without SMS, page and consent."""
    whip_token: str | None = None
    """The Bearer token for that."""
    stamp: StampHex
    kind: Literal["live", "lean", "chromium", "attached", "ambulance"] = "live"
    scene: str = "chest-pain"
    scene_seed: int = 0
    parameters: dict[str, Value] = Field(default_factory=dict)
    """What is set about the scene from its beginning; of a phone that films a drawn scene."""
    camera: Facing = "back"
    fps: Annotated[float, Field(ge=1, le=60)] = 15
    stamp_covered: bool = False
    camera_fails: bool = False
    films: bool = True
    """False: of a caller who will never film no scene is drawn (a browser draws it all the same)."""
    screenshots_dir: Path | None = None
    device: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """What a chromium phone looks like: a name of playwright's devices. None: Pixel 7."""
    webdriver: Annotated[str, Field(pattern=r"^https?://")] | None = None
    """Who presses on an attached phone: a W3C WebDriver or Appium. None: a person."""
    capabilities: dict[str, Any] = Field(default_factory=dict)
    """What the WebDriver is asked for: its `alwaysMatch`."""
    radio: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    """A radio profile, or the file of one. None: no impairment."""
    radio_seed: int | None = None
    """What the radio's draws are keyed by; None: `scene_seed`."""
    media_blocked: bool = False
    """Of a lean or live phone: the page works, but no datagram of the picture's connection passes."""
    namespace: Annotated[str, Field(pattern=r"^[\w.-]{1,100}$")] | None = None
    """Of a browser: the network namespace that it runs in (`python -m fake_phones.radio` makes one)."""
    origin: Annotated[str, Field(pattern=r"^https?://[^/,\s]{1,200}$")] | None = None
    """Of a browser in a namespace: the service's address there, `http://HOST:PORT`."""

    @model_validator(mode="after")
    def _has_a_number_or_needs_none(self) -> Self:
        given = (self.number, self.carriers_url)
        if self.whip_url and self.kind not in ("lean", "live"):
            raise ValueError(f"whip_url is for a lean or a live phone, not {self.kind}")
        if any(given) if self.kind == "ambulance" or self.whip_url else not all(given):
            raise ValueError(
                "number and carriers_url: an ambulance phone and one with whip_url have none, any other both"
            )
        if self.media_blocked and (self.whip_url or self.kind not in ("lean", "live")):
            raise ValueError("media_blocked is for a lean or a live phone with a page")
        if self.parameters and self.kind in ("lean", "attached"):
            raise ValueError(f"parameters are for a phone that draws its scene, not {self.kind}")
        return self


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


class PhoneEnrol(_OnPhone):
    """An ambulance phone makes a key and enrols it: `code` from the service's administrator, good once."""

    do: Literal["phone.enrol"]
    service_url: Annotated[str, Field(pattern=r"^https?://")]
    code: str
    name: Name
    amk: Name


class PhoneStart(_OnPhone):
    """The crew of an enrolled phone starts a stream to its AMK and these centres, and films."""

    do: Literal["phone.start"]
    centres: list[Name] = []


class PhoneEnd(_OnPhone):
    """The crew ends its stream."""

    do: Literal["phone.end"]


class PhonePublish(_OnPhone):
    do: Literal["phone.publish"]


class PhoneReload(_OnPhone):
    do: Literal["phone.reload"]


class PhoneCloseTab(_OnPhone):
    do: Literal["phone.close_tab"]


class PhoneLock(_OnPhone):
    do: Literal["phone.lock"]


class PhoneUnlock(_OnPhone):
    do: Literal["phone.unlock"]


class PhoneChange(_OnPhone):
    """Set a parameter of the scene from now on, as `python -m fake_phones.scenes --list` names them.

    Answered, and told as `scene.changed`, when the first frame that shows it is drawn: `frame` is its number.
    """

    do: Literal["phone.change"]
    parameter: Name
    value: Value


class PhoneWaitEnd(_OnPhone):
    do: Literal["phone.wait_end"]


class PhoneRemove(_OnPhone):
    do: Literal["phone.remove"]


class FilmedScene(BaseModel):
    """What a phone films, to hold the received pictures against it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scene: str
    scene_seed: int = 0
    fps: Annotated[float, Field(ge=1, le=60)] = 15
    kind: Literal["live", "lean"] = "live"

    @model_validator(mode="after")
    def _exists(self) -> Self:
        check(self.scene, {})
        return self


class ViewerWatch(_OnViewer, _Sized):
    """Somebody who looks at the picture that carries `stamp`. Not `timed`: its capture times are not true.

    Not `stamped`: it is of an attached phone; no frame is judged but for the stamps of others, nor is a
    still kept: a real camera's picture is nobody's to keep.
    """

    do: Literal["viewer.watch"]
    stamp: StampHex
    whep_url: Annotated[str, Field(pattern=r"^https?://")]
    whep_token: str
    stills_dir: Path | None = None
    limit_s: Annotated[float, Field(gt=0, le=3600)] = 30
    timed: bool = True
    stamped: bool = True
    decode: Literal["all", "budget"] = "all"
    """`budget`: key frames always, others as far as the farm's budget goes; stamps of lean phones' frames are
    read without decoding."""
    source: FilmedScene | None = None
    """Judge a decoded picture a second by it: `quality` in `viewer.measured` and `viewer.left`. Slow."""


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
    | PhoneEnrol
    | PhoneStart
    | PhoneEnd
    | PhonePublish
    | PhoneReload
    | PhoneCloseTab
    | PhoneLock
    | PhoneUnlock
    | PhoneChange
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
