def line_total(quantity: int, unit_price_minor: int, discount_permille: int) -> int:
    """What a line costs after the order's discount, rounded, in minor units."""
    return (quantity * unit_price_minor * (1000 - discount_permille) + 500) // 1000
