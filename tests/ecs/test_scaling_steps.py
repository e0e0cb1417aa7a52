from itertools import pairwise

import pytest

from constructs_lib.ecs.scaling_steps import STEPS, StepAdjustment, in_steps, out_steps

MAXIMA = [1, 2, 19, 20, 21, 50, 1000]


def adjustment(steps: list[StepAdjustment], distance: int) -> int:
    """Return what Application Auto Scaling does when the metric is that far from the alarm's threshold."""
    # AWS: above the threshold the lower bound belongs to the step, below it the upper one.
    [found] = [
        step.adjustment
        for step in steps
        if (
            (step.lower is None or step.lower <= distance) and (step.upper is None or distance < step.upper)
            if distance > 0 or step.adjustment > 0
            else (step.lower is None or step.lower < distance) and (step.upper is None or distance <= step.upper)
        )
    ]
    return found


@pytest.mark.parametrize("maximum", MAXIMA)
def test_steps_cover_every_number_once(maximum: int) -> None:
    """AWS refuses gaps and overlaps, and takes twenty steps; the first begins at the threshold, the last has no end."""
    steps = out_steps(maximum)

    assert 1 <= len(steps) <= STEPS
    assert steps[0].lower == 0
    assert [step.upper for step in steps] == [*(after.lower for _, after in pairwise(steps)), None]


@pytest.mark.parametrize("maximum", MAXIMA)
def test_never_more_is_done_than_is_needed_and_never_much_less(maximum: int) -> None:
    """A number is met exactly if it is small or all there may be, else by two thirds at least, in either way."""
    for number in range(1, maximum + 1):
        for steps, distance, sign in ((out_steps(maximum), number - 1, 1), (in_steps(maximum), 1 - number, -1)):
            done = sign * adjustment(steps, distance)

            assert done <= number
            assert done > number * 2 / 3 or number - done < 2
            assert done == number or (number > 4 and number < maximum and maximum > STEPS)


def test_one_by_one_while_they_are_few() -> None:
    """Up to twenty workers each number has its step."""
    assert [step.adjustment for step in out_steps(20)] == list(range(1, 21))
    assert in_steps(2) == [
        StepAdjustment(lower=-1, upper=0, adjustment=-1),
        StepAdjustment(lower=None, upper=-1, adjustment=-2),
    ]
