"""query_sm, cancel_sm, replace_sm: ask after a message, take it back, put another in its place."""

from collections.abc import Sequence
from datetime import UTC, datetime

from fake_carriers.fate import Carrier
from fake_carriers.message import Part
from fake_carriers.network import Network
from fake_carriers.receipts import decimal_id
from fake_carriers.smpp import Cancel, Command, Pdu, Query, QueryResp, Replace, ShortMessage, Status
from fake_carriers.state import State
from fake_carriers.strictness import must_be_possible
from fake_carriers.submission import ADDRESSED, Refused, number_of, submission_of

_ERROR = 1  # what the error_code of a message that did not arrive says


def answer_of(network: Network, carrier: str, system_id: str, pdu: Pdu, now: float) -> Pdu:
    """Do what the client of this account asks, and the response. Raises Refused."""
    match pdu.body:
        case Query() as query:
            found = _find(network, carrier, system_id, query.message_id, Status.RQUERYFAIL)
            _must_be_from(query, found, network.carrier(carrier), Status.RQUERYFAIL)
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


def _must_be_from(
    asked: Query | Cancel | Replace, found: Sequence[Part], carrier: Carrier, wrong: Status
) -> None:
    """Raises Refused unless it names the sender of the message; a lenient carrier lets it be left out."""
    left_out = not asked.source_addr and not carrier.strict
    if not left_out and not _is_from(asked, found[0]):
        raise Refused(wrong)


def _is_from(asked: Query | Cancel | Replace, part: Part) -> bool:
    """As it was submitted, empty if it was empty then; its type may be left out (SMPP 3.4, 4.8.1)."""
    was = part.submission.request
    return (
        asked.source_addr == was.source_addr
        and asked.source_addr_ton in (0, was.source_addr_ton)
        and asked.source_addr_npi in (0, was.source_addr_npi)
    )


def _state(query: Query, part: Part) -> QueryResp:
    if part.ended_at is None or part.state is State.LOST:  # of which nobody hears
        return QueryResp(query.message_id, "", State.ENROUTE, 0)
    at = f"{datetime.fromtimestamp(part.ended_at, UTC):%y%m%d%H%M%S}000+"
    return QueryResp(query.message_id, at, part.state, 0 if part.state.arrives else _ERROR)


def _cancel(network: Network, carrier: str, system_id: str, cancel: Cancel, now: float) -> None:
    if cancel.message_id:
        found = _find(network, carrier, system_id, cancel.message_id, Status.RINVMSGID)
        _must_be_from(cancel, found, network.carrier(carrier), Status.RCANCELFAIL)
        number = cancel.destination_addr and number_of(cancel.destination_addr, cancel.dest_addr_ton)
        parts = [part for part in found if number in ("", part.submission.number)]
    else:
        number = number_of(cancel.destination_addr, cancel.dest_addr_ton)
        parts = [
            part
            for part in network.parts
            if (part.client.door, part.client.account) == (carrier, system_id)
            and part.submission.number == number
            and _is_from(cancel, part)
            and cancel.service_type in ("", part.submission.request.service_type)
        ]
    if not [part for part in parts if network.cancel(part, now)]:
        raise Refused(Status.RCANCELFAIL)


def _replace(network: Network, carrier: str, system_id: str, replace: Replace, now: float) -> None:
    found = _find(network, carrier, system_id, replace.message_id, Status.RINVMSGID)
    _must_be_from(replace, found, network.carrier(carrier), Status.RREPLACEFAIL)
    part, old = found[0], found[0].submission.request
    kept = [*ADDRESSED, "dest_addr_ton"]
    kept += ["dest_addr_npi", "destination_addr", "esm_class", "protocol_id", "priority_flag", "data_coding"]
    request = ShortMessage(
        **{name: getattr(old, name) for name in kept},
        schedule_delivery_time=replace.schedule_delivery_time,
        validity_period=replace.validity_period,
        registered_delivery=replace.registered_delivery,
        sm_default_msg_id=replace.sm_default_msg_id,
        short_message=replace.short_message,
    )
    if network.carrier(carrier).strict:
        must_be_possible(request)
    pdu = Pdu(Command.SUBMIT_SM, 0, Status.ROK, request)
    waits_s = max(0.0, part.message.begins_at - now)
    if not network.replace(part, submission_of(pdu, now, waits_s), now):
        raise Refused(Status.RREPLACEFAIL)
