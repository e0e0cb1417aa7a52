"""Promises of when the autoscaler publishes how many workers are missing."""

import pytest

from constructs_lib.shared.workers_missing import ROUND_SEC, Publication, workers_needed


@pytest.mark.parametrize(("instances", "workers"), [(0, 1), (4, 1), (5, 2), (40, 10), (41, 10)])
def test_workers_are_as_many_as_fill(instances: int, workers: int) -> None:
    """The number of workers follows from the slots, within the pool's bounds."""
    assert workers_needed(instances, slots=4, minimum=1, maximum=10) == workers


def published(*numbers: int) -> list[int]:
    """Return the numbers of the rounds that are published, of one number a round."""
    publication = Publication()
    rounds = []
    for number, missing in enumerate(numbers):
        if publication.is_due({"worker": missing}, number * ROUND_SEC):
            publication.note({"worker": missing}, number * ROUND_SEC)
            rounds.append(number)
    return rounds


def test_zeros_are_published_now_and_then() -> None:
    """Zeros are published first and every half minute."""
    assert published(*[0] * 13) == [0, 6, 12]


def test_other_numbers_are_published_in_each_round() -> None:
    """Other numbers are published in each round, and so are zeros for 20 seconds after them."""
    assert published(0, 0, 2, 2, -1, *[0] * 12) == [0, 2, 3, 4, 5, 6, 7, 8, 14]


def test_what_could_not_be_published_is_due_again() -> None:
    """A number that could not be published stays due."""
    publication = Publication()

    assert publication.is_due({"worker": 0}, 0)
    assert publication.is_due({"worker": 0}, ROUND_SEC)
    assert not publication.is_due({}, ROUND_SEC)
