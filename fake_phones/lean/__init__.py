"""The lean phone: clips drawn and coded once, with each session's own stamp spliced into the coded frames."""
