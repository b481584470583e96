"""What a radio does to packets in one direction at one moment."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Direction = Literal["up", "down"]  # seen from the phone
DIRECTIONS: tuple[Direction, ...] = ("up", "down")

Seconds = Annotated[float, Field(ge=0, le=60)]
Share = Annotated[float, Field(ge=0, le=1)]


class Conditions(BaseModel):
    """Times in seconds, shares of packets from 0 to 1.

    Loss in bursts is Gilbert-Elliott: a packet finds the radio turned bad with probability `burst_p`, and
    turned good again with `burst_r`, so that a burst has 1/`burst_r` packets on average and a share of
    p/(p+r) of all packets is in one; of these `burst_loss` is lost. `loss` comes on top, packet by packet.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    delay_s: Seconds = 0.0
    """One way, without queueing."""
    jitter_s: Seconds = 0.0
    """Standard deviation of the delay (normal, never below zero). Order is kept, as a radio link does: a
    late packet holds up the ones behind it."""
    loss: Share = 0.0
    burst_p: Share = 0.0
    burst_r: Annotated[float, Field(gt=0, le=1)] = 1.0
    burst_loss: Share = 1.0
    rate_bit_per_s: Annotated[float, Field(gt=0)] | None = None
    """Of IP packets, header included; None: no limit."""
    queue_s: Seconds = 0.3
    """A packet that would wait longer for its turn is dropped (tail drop)."""
    duplicates: Share = 0.0
    reorder: Share = 0.0
    """Packets that take `reorder_s` longer and let others pass."""
    reorder_s: Seconds = 0.02


CLEAR = Conditions()
BLACKOUT = Conditions(loss=1.0)
