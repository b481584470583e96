"""The models by hand: what the stories do not reach, and the one rule that they share with the real parts."""

from pathlib import Path
from typing import Any

import pytest
import simpy
from sim_rig import call, resolved

from fake_carriers.fate import Carrier as Rule
from fake_carriers.fate import fate
from sim.clock import PortError, Process
from sim.journal import Journal
from sim.models import ModelledCarrier
from sim.modes import modelled_ports
from sim.nation import load_nation
from sim.ports import Ports
from sim.resolve import Resolved


class World:
    """The modelled ports of a scenario, to be driven by hand."""

    def __init__(self, made: Resolved) -> None:
        self.env = simpy.Environment()
        self.journal = Journal(lambda: self.env.now)
        self.ports: Ports = modelled_ports(self.env, self.journal, made)
        [self.call] = made.calls

    def does(self, work: Process[Any]) -> Any:
        return self.env.run(until=self.env.process(work))

    def until_seen(self) -> None:
        """A session with its picture at the operator."""
        ports, call = self.ports, self.call
        self.does(ports.handset.switch_on(call))
        self.does(ports.iccs.place(call))
        self.does(ports.iccs.answer(call, f"{call.centre}/1"))
        picture = self.does(ports.desk.request(call))
        link = self.does(ports.handset.next_sms(call))
        self.does(ports.handset.open(call, link))
        self.does(ports.handset.consent(call))
        watching = self.env.process(ports.viewer.watch(call, "operator", picture))
        self.does(ports.handset.publish(call))
        self.env.run(until=watching)
        self.does(ports.viewer.wait_for_camera(call, "operator", None))

    def events(self, *names: str) -> list[tuple[float, str]]:
        return [(round(r.t_s, 3), r.event) for r in self.journal.records if r.event in names]


def test_messages_meet_the_fate_that_the_real_carriers_give_them() -> None:
    lost = [{"kind": "sms.lost", "carrier": "ice", "first": 1}]
    norway = load_nation("norway", Path())
    made = resolved(call({"carrier": "ice"}), country=norway, seed=7, faults=lost)
    ice = next(carrier for carrier in made.carriers if carrier.name == "ice")
    rule, env = Rule(**ice.model_dump(exclude={"sources"})), simpy.Environment()
    journal = Journal(lambda: env.now)
    carrier, [one] = ModelledCarrier(env, journal, made), made.calls
    carrier.attach(one.caller.number)
    for n in range(5):
        carrier.take(one, f"text {n}", "ice")
    drawn = [r.facts["drawn_s"] for r in journal.records if r.event == "sms.accepted"]
    assert drawn == [fate(7, rule, one.caller.number, n, n).delay_s for n in range(5)]
    assert drawn[0] is None  # lost_first
    assert len(set(drawn)) == 5  # each message has a fate of its own
    env.run(until=2000)
    delivered = [r.t_s for r in journal.records if r.event == "sms.delivered"]
    assert delivered == pytest.approx(sorted(s for s in drawn if s is not None))


def test_a_link_is_no_good_once_the_session_has_ended() -> None:
    world = World(resolved(call()))
    world.does(world.ports.iccs.place(world.call))
    world.does(world.ports.iccs.answer(world.call, f"{world.call.centre}/1"))
    world.does(world.ports.desk.request(world.call))
    world.does(world.ports.desk.end(world.call))
    with pytest.raises(PortError, match="410"):
        world.does(world.ports.handset.open(world.call, "link"))
    assert [event for _, event in world.events("link.opened", "link.expired")] == ["link.expired"]


def test_who_has_left_sees_nothing_more() -> None:
    world = World(resolved(call()))
    world.until_seen()
    world.does(world.ports.viewer.leave(world.call, "operator"))
    world.does(world.ports.desk.switch_camera(world.call, "front"))
    world.env.run(until=world.env.now + 50)
    seen = [r.facts["camera"] for r in world.journal.records if r.event == "frame.first"]
    assert seen == ["back"]


def test_asking_again_is_the_same_session() -> None:
    world = World(resolved(call()))
    world.until_seen()
    again = world.does(world.ports.desk.request(world.call))
    assert again.whep_url == f"model:{world.call.name}"
    assert [event for _, event in world.events("video.requested", "sms.submitted")] == [
        "video.requested",
        "sms.submitted",
    ]


def test_ending_again_ends_nothing_more() -> None:
    world = World(resolved(call()))
    world.until_seen()
    for _ in range(2):
        world.does(world.ports.desk.end(world.call))
        world.does(world.ports.iccs.hang_up(world.call, by="operator"))
    assert [event for _, event in world.events("video.ended", "call.ended")] == ["video.ended", "call.ended"]


def test_what_the_control_room_forbids_is_a_port_error() -> None:
    world = World(resolved(call()))
    with pytest.raises(PortError, match="no call"):
        world.does(world.ports.iccs.answer(world.call, f"{world.call.centre}/1"))
    world.does(world.ports.iccs.place(world.call))
    with pytest.raises(PortError, match="placed already"):
        world.does(world.ports.iccs.place(world.call))
    with pytest.raises(PortError, match="no video session"):
        world.does(world.ports.desk.switch_camera(world.call, "front"))
