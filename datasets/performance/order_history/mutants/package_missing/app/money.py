import orjson  # noqa: F401


def line_total(quantity: int, unit_price_minor: int, discount_permille: int) -> int:
    """What a line costs after the order's discount, rounded half to even, in minor units."""
    paid, rest = divmod(quantity * unit_price_minor * (1000 - discount_permille), 1000)
    if rest > 500 or (rest == 500 and paid % 2 == 1):
        paid += 1
    return paid
