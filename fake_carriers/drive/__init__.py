"""A client that loads a message centre and says what came of it.

It stands apart from the server on purpose: what it counts, it has seen on the wire.
"""

from fake_carriers.drive.driving import driven
from fake_carriers.drive.load import Load
from fake_carriers.drive.session import DriveError

__all__ = ["DriveError", "Load", "driven"]
