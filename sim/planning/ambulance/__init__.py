"""The ambulance layer of planning: areas, missions, stand-by, and what video changes."""
