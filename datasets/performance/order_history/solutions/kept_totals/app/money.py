def line_total(quantity: int, unit_price_minor: int, discount_permille: int) -> int:
    """What a line costs after the order's discount, rounded half to even, in minor units; see migration 0003."""
    full = quantity * unit_price_minor * (1000 - discount_permille)
    return full // 1000 + (1 if full % 1000 > 500 or (full % 1000 == 500 and full // 1000 % 2) else 0)
