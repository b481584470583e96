"""A farm of handsets and viewers: SMS in, consent on the page, a drawn picture out, and seen again.

Stand-alone: `python -m fake_phones --help`. It is driven over one WebSocket: `control.py` holds the
protocol, `commands.py` the commands.
"""
