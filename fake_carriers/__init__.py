"""SMS carriers of a country that does not exist: SMPP in, a keyed fate on the way, handsets at the end.

A program of its own (`python -m fake_carriers --help`). `fake_carriers.fate` is pure, so that a model can
follow the very rule that the server follows.
"""
