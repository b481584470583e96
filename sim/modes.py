"""The one place where ports are bound: which mode uses which side of each."""

from pathlib import Path

import httpx
import simpy

from sim.clock import LiveEnvironment
from sim.journal import Journal
from sim.live.ambulance import LiveAmbulanceDesk, LiveAmbulancePhone, ServiceDoors
from sim.live.attached import AttachedHandset, AttachedViewer
from sim.live.farm import FarmControl, LiveHandset, LiveViewer
from sim.live.iccs import CallLog, LiveIccs, LiveVideoDesk
from sim.live.person import ObservedDesk, PersonOperator
from sim.live.radios import Radios
from sim.live.stamps import Stamps
from sim.models import (
    ModelledAmbulanceDesk,
    ModelledAmbulancePhone,
    ModelledCarrier,
    ModelledHandset,
    ModelledIccs,
    ModelledOutbox,
    ModelledService,
    ModelledVideoDesk,
    ModelledViewer,
)
from sim.ports import Ports
from sim.resolve import Resolved
from sim.scripted_operator import ScriptedOperator


def modelled_ports(env: simpy.Environment, journal: Journal, resolved: Resolved) -> Ports:
    """Plan: every port is a model, and the operator a script."""
    iccs = ModelledIccs(env, journal, resolved.centres)
    carrier = ModelledCarrier(env, journal, resolved)
    outbox = ModelledOutbox(carrier, resolved.routes)
    service = ModelledService(env, iccs, carrier, outbox, resolved.nation.models, resolved.seed)
    return Ports(
        iccs=iccs,
        desk=ModelledVideoDesk(service),
        handset=ModelledHandset(journal, service),
        viewer=ModelledViewer(journal, service),
        operator=ScriptedOperator(env, journal),
        ambulance_phone=ModelledAmbulancePhone(journal, service),
        ambulance_desk=ModelledAmbulanceDesk(service),
    )


def live_ports(
    env: LiveEnvironment,
    journal: Journal,
    resolved: Resolved,
    folder: Path,
    http: httpx.AsyncClient,
    log: CallLog,
    farm: FarmControl,
    carriers_url: str,
    stamps: Stamps,
    radios: Radios,
    doors: ServiceDoors,
    person_at: str | None,
) -> Ports:
    """Live: every port is real. Train: a person at the seat page takes one centre's calls."""
    phones = LiveHandset(env, farm, carriers_url, stamps, folder / "screenshots", radios)
    waits, decode = resolved.waits, resolved.scenario.decode
    viewers = LiveViewer(env, farm, phones, folder / "stills", limit_s=waits.call_s, decode=decode)
    iccs, desk, script = LiveIccs(env, http, log), LiveVideoDesk(env, http), ScriptedOperator(env, journal)
    handset, viewer = AttachedHandset(phones, iccs), AttachedViewer(viewers, iccs)
    unit, units_desk = (
        LiveAmbulancePhone(env, farm, stamps, doors),
        LiveAmbulanceDesk(env, http, log, doors),
    )
    if person_at is None:
        return Ports(iccs, desk, handset, viewer, script, unit, units_desk)
    person = PersonOperator(iccs, person_at, script)
    return Ports(iccs, ObservedDesk(desk, person_at), handset, viewer, person, unit, units_desk)
