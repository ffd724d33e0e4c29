def billed(minutes: int, rate_minor: int) -> int:
    """What an entry costs at a rate per hour, rounded half to even, in minor units; the report does the same in SQL."""
    whole, rest = divmod(minutes * rate_minor, 60)
    return whole + (1 if rest > 30 or (rest == 30 and whole % 2 == 1) else 0)
