"""pass@k and pass^k: solved at least once, and solved every time, when asked k times.

Both are the unbiased estimates from n >= k epochs with c solved, averaged over scenarios: 1 - C(n-c, k)/C(n, k) (Chen et
al. 2021, "Evaluating Large Language Models Trained on Code", arXiv:2107.03374) and C(c, k)/C(n, k) (Yao et al. 2024,
tau-bench, arXiv:2406.12045).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Repeats:
    """Both, for one k, over `scenarios` scenarios."""

    k: int
    at_least_once: float
    """pass@k."""
    every_time: float
    """pass^k."""
    scenarios: int


def repeats(solved: Mapping[str, Sequence[float]], k: int) -> Repeats | None:
    """Return both for the epochs (1 solved, 0 not) of each scenario; None when some scenario has fewer than `k`."""
    if not solved or k < 1 or min(len(epochs) for epochs in solved.values()) < k:
        return None
    once, every = 0.0, 0.0
    for epochs in solved.values():
        passed = round(sum(epochs))
        ways = math.comb(len(epochs), k)
        once += 1 - math.comb(len(epochs) - passed, k) / ways
        every += math.comb(passed, k) / ways
    return Repeats(k, once / len(solved), every / len(solved), len(solved))
