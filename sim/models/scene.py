"""What can be set about a scene: the phones' own rule. Import it late: it takes OpenCV, few runs need it."""

from fake_phones.scenes.catalogue import check

__all__ = ["check"]
