"""The ports as models on SimPy's clock; every number comes from the nation's data, with its source."""

from sim.models.ambulance import ModelledAmbulanceDesk, ModelledAmbulancePhone
from sim.models.carrier import ModelledCarrier
from sim.models.handset import ModelledHandset
from sim.models.iccs import ModelledIccs
from sim.models.outbox import ModelledOutbox
from sim.models.service import ModelledService, ModelledVideoDesk
from sim.models.viewer import ModelledViewer

__all__ = [
    "ModelledAmbulanceDesk",
    "ModelledAmbulancePhone",
    "ModelledCarrier",
    "ModelledHandset",
    "ModelledIccs",
    "ModelledOutbox",
    "ModelledService",
    "ModelledVideoDesk",
    "ModelledViewer",
]
