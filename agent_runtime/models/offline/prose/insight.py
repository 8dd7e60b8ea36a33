"""Judgements that the prose makes of numbers, each with its threshold in one place."""

_STRENGTHS = ((0.7, "strong"), (0.4, "clear"), (0.2, "weak"))


def strength(correlation: float) -> str:
    """`strong`, `clear` or `weak`; empty below 0.2, where nothing should be read into it."""
    return next((word for least, word in _STRENGTHS if abs(correlation) >= least), "")


def is_even(top3_share: float, groups: float) -> bool:
    """Whether the three largest groups hold less than half more than an equal split gives them."""
    return top3_share <= 1.5 * 300.0 / max(groups, 3.0)


def nearly_equal(high: float, low: float) -> bool:
    """Whether two values differ by less than a tenth of the larger."""
    return max(abs(high), abs(low)) > 0 and abs(high - low) < 0.1 * max(abs(high), abs(low))


def swing(peak: float, trough: float, mean: float) -> str:
    """`large` when peak and trough lie 0.8 means apart, `small` below 0.3; else empty."""
    if mean <= 0:
        return ""
    apart = (peak - trough) / mean
    return "large" if apart > 0.8 else "small" if apart < 0.3 else ""


def is_skewed_high(mean: float, median: float) -> bool:
    """Whether a few large values pull the mean a fifth above the median."""
    return median > 0 and mean > 1.2 * median


def is_skewed_low(mean: float, median: float) -> bool:
    """Whether a few small values pull the mean a fifth below the median."""
    return median > 0 and mean < 0.8 * median


def moves_mean(mean: float, without: float) -> bool:
    """Whether leaving the outliers out changes the mean by more than a twentieth."""
    return without != 0 and abs(mean / without - 1) > 0.05
