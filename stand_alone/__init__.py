"""What makes a part a program of its own: its port, its ready line, its end, its feed of events.

Every part of the lab is started the same way: it binds `--host` and `--port` (0 = a free one),
prints one JSON line when it is ready, and ends when its standard input closes. This library holds
that once, so that no part knows another part or the lab.
"""

from stand_alone.feed import Feed
from stand_alone.listening import listening
from stand_alone.loopback import is_loopback
from stand_alone.program import parser, run

__all__ = ["Feed", "is_loopback", "listening", "parser", "run"]
