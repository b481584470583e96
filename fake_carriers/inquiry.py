"""query_sm, cancel_sm, replace_sm: ask after a message, take it back, put another in its place."""

from collections.abc import Sequence
from datetime import UTC, datetime

from fake_carriers.message import Part
from fake_carriers.network import Network
from fake_carriers.receipts import decimal_id
from fake_carriers.smpp import Cancel, Command, Pdu, Query, QueryResp, Replace, ShortMessage, Status
from fake_carriers.state import State
from fake_carriers.submission import ADDRESSED, Refused, number_of, submission_of

_ERROR = 1  # what the error_code of a message that did not arrive says


def answer_of(network: Network, carrier: str, system_id: str, pdu: Pdu, now: float) -> Pdu:
    """Do what the client of this account asks, and the response. Raises Refused."""
    match pdu.body:
        case Query() as query:
            found = _find(network, carrier, system_id, query.message_id, Status.RQUERYFAIL)
            return _said(pdu, _state(query, found[-1]))
        case Cancel() as cancel:
            _cancel(network, carrier, system_id, cancel, now)
        case Replace() as replace:
            _replace(network, carrier, system_id, replace, now)
    return _said(pdu)


def _said(pdu: Pdu, body: QueryResp | None = None) -> Pdu:
    return Pdu(pdu.command.response, pdu.sequence, Status.ROK, body)


def _find(network: Network, carrier: str, system_id: str, shown: str, unknown: Status) -> Sequence[Part]:
    """The parts of this id that this account submitted here: a stranger's message is not found."""
    message_id = decimal_id(shown, network.carrier(carrier))
    own = [
        p for p in network.parts.find(message_id) if (p.client.door, p.client.account) == (carrier, system_id)
    ]
    if not own:
        raise Refused(unknown)
    return own


def _state(query: Query, part: Part) -> QueryResp:
    if part.ended_at is None or part.state is State.LOST:  # of which nobody hears
        return QueryResp(query.message_id, "", State.ENROUTE, 0)
    at = f"{datetime.fromtimestamp(part.ended_at, UTC):%y%m%d%H%M%S}000+"
    return QueryResp(query.message_id, at, part.state, 0 if part.state.arrives else _ERROR)


def _cancel(network: Network, carrier: str, system_id: str, cancel: Cancel, now: float) -> None:
    if cancel.message_id:
        parts = _find(network, carrier, system_id, cancel.message_id, Status.RINVMSGID)
    else:
        parts = [
            part
            for part in network.parts
            if (part.client.door, part.client.account) == (carrier, system_id)
            and part.submission.number == number_of(cancel.destination_addr)
            and part.submission.request.source_addr == cancel.source_addr
            and cancel.service_type in ("", part.submission.request.service_type)
        ]
    if not [part for part in parts if network.cancel(part, now)]:
        raise Refused(Status.RCANCELFAIL)


def _replace(network: Network, carrier: str, system_id: str, replace: Replace, now: float) -> None:
    part = _find(network, carrier, system_id, replace.message_id, Status.RINVMSGID)[0]
    old = part.submission.request
    if replace.source_addr and replace.source_addr != old.source_addr:
        raise Refused(Status.RINVSRCADR)
    kept = [*ADDRESSED, "dest_addr_ton"]
    kept += ["dest_addr_npi", "destination_addr", "esm_class", "protocol_id", "priority_flag", "data_coding"]
    request = ShortMessage(
        **{name: getattr(old, name) for name in kept},
        validity_period=replace.validity_period,
        registered_delivery=replace.registered_delivery,
        sm_default_msg_id=replace.sm_default_msg_id,
        short_message=replace.short_message,
    )
    pdu = Pdu(Command.SUBMIT_SM, 0, Status.ROK, request)
    if not network.replace(part, submission_of(pdu, now), now):
        raise Refused(Status.RREPLACEFAIL)
