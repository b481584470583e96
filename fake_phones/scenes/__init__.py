"""What phones film: drawn scenes, each with a back and a front camera."""

from fake_phones.scenes.catalogue import BREATHING, NAMES, scene
from fake_phones.scenes.scene import Facing, Picture, Scene, Shot

__all__ = ["BREATHING", "NAMES", "Facing", "Picture", "Scene", "Shot", "scene"]
