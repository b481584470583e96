"""The ambulance layer of planning: areas, missions, stand-by, and what video changes.

`tell_area` is the model; `questions` holds what a planner asks; `response_time_cases` and `queue_cases` are
for `lab113 validate`.
"""

from sim.planning.ambulance.area import Area, load_area
from sim.planning.ambulance.comparison import Design, Effect, compare, effects
from sim.planning.ambulance.demand import Demand
from sim.planning.ambulance.policies import ComplianceTable, Dmexclp, HomeStation, Policy, policies_of
from sim.planning.ambulance.queueing import queue_cases
from sim.planning.ambulance.response_times import place_mixtures, response_time_cases
from sim.planning.ambulance.telling import tell_area
from sim.planning.ambulance.triage import Triage, load_triage
from sim.planning.ambulance.year import AreaYear

__all__ = [
    "Area",
    "AreaYear",
    "ComplianceTable",
    "Demand",
    "Design",
    "Dmexclp",
    "Effect",
    "HomeStation",
    "Policy",
    "Triage",
    "compare",
    "effects",
    "load_area",
    "load_triage",
    "place_mixtures",
    "policies_of",
    "queue_cases",
    "response_time_cases",
    "tell_area",
]
