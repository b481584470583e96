"""What phones film: drawn scenes, each with a back and a front camera, and what can be set about them."""

from fake_phones.scenes.catalogue import NAMES, check, kind, parameters, scene
from fake_phones.scenes.course import Change, Course
from fake_phones.scenes.kind import Kind
from fake_phones.scenes.parameter import Number, OneOf, Parameter, Value
from fake_phones.scenes.scene import Facing, Picture, Scene, Shot

__all__ = [
    "NAMES",
    "Change",
    "Course",
    "Facing",
    "Kind",
    "Number",
    "OneOf",
    "Parameter",
    "Picture",
    "Scene",
    "Shot",
    "Value",
    "check",
    "kind",
    "parameters",
    "scene",
]
