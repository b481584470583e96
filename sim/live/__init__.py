"""Live: the ports' real side, and the conductor that starts the parts and tells the story."""
