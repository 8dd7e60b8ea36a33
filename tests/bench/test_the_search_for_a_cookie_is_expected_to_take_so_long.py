from itertools import count, product

import pytest

from bench.fargate_cookie import expected_requests, most_requests


def walked(starts: tuple[int, ...], targets: int) -> int:
    """Requests until target 0 is reached, when node i begins at `starts[i]`."""
    turns = list(starts)
    for sent in count():
        node = sent % len(turns)
        if turns[node] % targets == 0:
            return sent + 1
        turns[node] += 1
    raise AssertionError


@pytest.mark.parametrize("targets", [1, 2, 5, 8])
@pytest.mark.parametrize("nodes", [1, 2, 3])
def test_the_expectation_is_the_mean_over_every_place_to_begin(targets: int, nodes: int) -> None:
    all_walked = [walked(s, targets) for s in product(range(targets), repeat=nodes)]
    assert expected_requests(targets, nodes) == pytest.approx(sum(all_walked) / len(all_walked))
    assert max(all_walked) <= most_requests(targets, nodes, 1)


def test_twice_as_many_executors_take_about_twice_as_many_requests() -> None:
    assert expected_requests(1, 2) == 1.0
    assert expected_requests(200, 2) / expected_requests(100, 2) == pytest.approx(2.0, rel=0.02)
    assert expected_requests(100, 1) == pytest.approx(50.5)
