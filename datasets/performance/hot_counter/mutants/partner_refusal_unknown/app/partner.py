import os

import httpx

client = httpx.Client(
    base_url=os.environ["PARTNER_URL"],
    timeout=30,
    limits=httpx.Limits(max_connections=64, max_keepalive_connections=64),
)


def charge(key: str, amount_minor: int) -> str | None:
    """Charge a supporter, once for each key. Returns the partner's reference, None when the charge is declined."""
    answer = client.post("/charges", json={"key": key, "amount_minor": amount_minor})
    answer.raise_for_status()
    return answer.json()["reference"]


def refund(reference: str) -> str:
    """Give a charge back, once for each reference. Returns the partner's reference of the refund."""
    answer = client.post("/refunds", json={"reference": reference})
    answer.raise_for_status()
    return answer.json()["reference"]
