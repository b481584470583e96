"""A gateway between a service and its carriers, all three for real."""

from dataclasses import dataclass

from carriers_rig import Carriers
from kannel_rig import Kannel
from sms_service import SmsService


@dataclass(frozen=True)
class Lab:
    carriers: Carriers
    kannel: Kannel
    service: SmsService
