"""A receipt that no gateway sent: who takes it would tell the operator what anybody likes."""

import hashlib
import hmac
import secrets
import time

import httpx

BODY = b'{"id": "1", "reference": "", "to": "", "state": "DELIVRD", "done_at": ""}'


async def forged_receipt(service_url: str) -> int:
    """Send the video service a receipt signed with a key that is not the gateway's; its answer's status."""
    timestamp = str(int(time.time()))
    signed = hmac.new(secrets.token_bytes(16), timestamp.encode() + b"." + BODY, hashlib.sha256).hexdigest()
    headers = {"X-Lab113-Timestamp": timestamp, "X-Lab113-Signature": f"sha256={signed}"}
    async with httpx.AsyncClient(base_url=service_url, timeout=10) as http:
        return (await http.post("/sms/receipts", content=BODY, headers=headers)).status_code
