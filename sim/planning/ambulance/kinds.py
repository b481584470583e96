"""The words of an area's data: kinds of vehicle, of duty, of place. Scenarios are read without scipy."""

from typing import Literal

Kind = Literal["ambulance", "patient_transport", "first_responder"]
Duty = Literal["at_station", "on_call"]  # on call: the crew is at home and takes longer to leave
PlaceKind = Literal["urban", "rural"]
