"""Whether a number's first SMS comes, by the carriers' own rule: so a seed knows before anything is told."""

from collections.abc import Callable, Iterable

from fake_carriers.fate import fate
from sim.models.carrier import VALIDITY_S, carrier_rule
from sim.nation import Carrier

_NOT_AMONG_THE_FIRST = 2**31  # `lost_first` depends on who else is sent one


def first_sms(seed: int, carriers: Iterable[Carrier]) -> Callable[[str, str], bool]:
    """Of a carrier's name and a number: whether the first message arrives, while there is no mood."""
    rules = {carrier.name: carrier_rule(carrier) for carrier in carriers}

    def arrives(carrier: str, number: str) -> bool:
        delay_s = fate(seed, rules[carrier], number, 0, _NOT_AMONG_THE_FIRST).delay_s
        return delay_s is not None and delay_s <= VALIDITY_S

    return arrives
