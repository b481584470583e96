"""Checks read the journal's table and answer passed, failed or unknown."""
