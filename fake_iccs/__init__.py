"""A control room (ICCS): centres, seats, the call queue, CTI events, REST and the operator's seat page."""
