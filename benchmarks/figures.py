"""From repeated measurements to one figure: median, spread, percentiles."""

from collections.abc import Sequence
from statistics import median


def spread(values: Sequence[float]) -> float:
    """How far apart the repetitions lie: largest less smallest, over the median."""
    middle = median(values)
    return (max(values) - min(values)) / middle if middle else 0.0


def percentile(values: Sequence[float], per_cent: float) -> float:
    """The smallest value that so many per cent do not exceed."""
    ordered = sorted(values)
    rank = -int(-len(ordered) * per_cent // 100)  # rounded up
    return ordered[max(0, rank - 1)]


__all__ = ["median", "percentile", "spread"]
