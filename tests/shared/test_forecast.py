"""Promises of the runs that are expected, and of forecasts that were wrong."""

from constructs_lib.shared.forecast import PREWARM_TIMEOUT_SEC, Forecast, Run
from constructs_lib.shared.run_need import DAY_SEC, PastRun

DUE_SEC = 100 * DAY_SEC
RUN = Run("nightly", DUE_SEC)


def past_runs(*needs: int, due_sec: float = DUE_SEC) -> list[PastRun]:
    """Return a run for each of *needs*, the newest first, one day apart."""
    return [PastRun(due_sec - day * DAY_SEC, {"default": need}) for day, need in enumerate(needs, start=1)]


def expecting(*needs: int) -> Forecast:
    """Return a forecast that expects the run."""
    forecast = Forecast()
    forecast.expect(RUN, past_runs(*needs))
    return forecast


def test_a_run_needs_slots_from_its_lead_to_its_timeout() -> None:
    """The slots of a run count from the lead before it is due until the timeout after it."""
    forecast = expecting(40, 40, 40)
    seconds = (-91, -90, 0, PREWARM_TIMEOUT_SEC, PREWARM_TIMEOUT_SEC + 1)

    assert [forecast.slots("default", DUE_SEC + second, 90) for second in seconds] == [0, 40, 40, 40, 0]
    assert forecast.slots("large", DUE_SEC, 90) == 0


def test_what_has_been_queued_is_no_longer_expected() -> None:
    """Task instances of the run that are queued count as work, and no longer as expected."""
    forecast = expecting(40, 40, 40)

    assert forecast.follow(RUN, is_due=True, arrived=None)
    assert forecast.slots("default", DUE_SEC, 90) == 40
    assert forecast.follow(RUN, is_due=False, arrived={"default": 30, "large": 5})
    assert forecast.slots("default", DUE_SEC, 90) == 10
    assert forecast.follow(RUN, is_due=False, arrived={"default": 400})
    assert forecast.slots("default", DUE_SEC, 90) == 0


def test_a_dag_that_is_paused_a_minute_before_needs_nothing() -> None:
    """A run that is no longer due is not expected, and no mistake."""
    forecast = expecting(40, 40, 40)

    assert not forecast.follow(RUN, is_due=False, arrived=None)
    assert not forecast.expected
    assert not list(forecast.end(DUE_SEC + DAY_SEC))


def test_a_run_that_does_not_come_needs_nothing_after_its_timeout() -> None:
    """The forecast of a run that is late ends by itself."""
    forecast = expecting(40, 40, 40)

    assert not list(forecast.end(DUE_SEC + PREWARM_TIMEOUT_SEC))
    [(run, expected, distrusted)] = forecast.end(DUE_SEC + PREWARM_TIMEOUT_SEC + 1)

    assert (run, expected.came, distrusted) == (RUN, False, False)
    assert not forecast.expected


def test_each_run_is_considered_once() -> None:
    """A run is unknown until its history was read, and the next ones due come first."""
    later, other = Run("nightly", DUE_SEC + 1), Run("other", DUE_SEC)
    forecast = Forecast()

    assert forecast.unknown([later, other, RUN]) == [RUN, other, later]
    forecast.expect(RUN, past_runs(40, 40, 40))
    forecast.expect(other, [])
    assert forecast.unknown([later, other, RUN]) == [later]
    # What is neither due nor expected is forgotten.
    assert forecast.unknown([]) == []
    assert forecast.unknown([other, RUN]) == [other]


def forecasts(usual_need: int, *needs: int) -> tuple[list[int], list[bool]]:
    """Return what is forecast on each day on which a DAG needs *needs*, and on the next; and the distrust of each."""
    forecast = Forecast()
    history = past_runs(*[usual_need] * 5)
    expected, distrusted = [], []
    for day, need in enumerate([*needs, 0]):
        run = Run("nightly", DUE_SEC + day * DAY_SEC)
        distrusted.append(forecast.expect(run, history))
        expected.append(forecast.slots("default", run.due_sec, 90))
        history = [PastRun(run.due_sec, {"default": need}), *history]
        if run in forecast.expected:
            forecast.follow(run, is_due=False, arrived={"default": need})
        list(forecast.end(run.due_sec + DAY_SEC / 2))
    return expected, distrusted


def test_three_wrong_forecasts_in_a_row_end_them_until_the_dag_is_regular() -> None:
    """After three wrong forecasts the older runs no longer count, so there is no forecast until three are alike."""
    expected, distrusted = forecasts(40, 4, 400, 4, 50, 50, 50, 50)

    assert distrusted == [False] * 3 + [True] + [False] * 4
    assert expected == [40, 40, 40, 0, 0, 0, 50, 50]


def test_a_dag_whose_tasks_moved_to_another_queue_is_forecast_there_after_three_runs() -> None:
    """A forecast of the wrong queue is wrong, also if the run needed as many slots."""
    forecast, history = Forecast(), past_runs(*[40] * 36)
    expected = []
    for day in range(4):
        run = Run("nightly", DUE_SEC + day * DAY_SEC)
        forecast.expect(run, history)
        expected.append([forecast.slots(queue, run.due_sec, 90) for queue in ("default", "large")])
        history = [PastRun(run.due_sec, {"large": 40}), *history]
        forecast.follow(run, is_due=False, arrived={"large": 40})
        list(forecast.end(run.due_sec + DAY_SEC / 2))

    assert expected == [[40, 0], [40, 0], [40, 0], [0, 40]]


def test_forgotten_forecasts_leave_the_mistakes() -> None:
    """After the database did not answer, runs are expected anew, and wrong forecasts before still count."""
    forecast, history = Forecast(), past_runs(*[40] * 5)
    distrusted = []
    for day in range(4):
        run = Run("nightly", DUE_SEC + day * DAY_SEC)
        forecast.expect(run, history)
        forecast.forget()
        assert not forecast.expected
        assert forecast.unknown([run]) == [run]
        forecast.expect(run, history)
        distrusted += [last for *_, last in forecast.end(run.due_sec + DAY_SEC / 2)]

    assert distrusted == [False, False, True]


def test_a_dag_that_has_grown_for_good_is_forecast_again_at_once() -> None:
    """Three wrong forecasts that are alike are the new size."""
    assert forecasts(40, 400, 400, 400, 400)[0] == [40, 40, 40, 400, 400]


def test_two_wrong_forecasts_change_nothing() -> None:
    """A right forecast after two wrong ones ends the row."""
    expected, distrusted = forecasts(40, 4, 400, 40, 4, 400, 40)

    assert not any(distrusted)
    assert expected[0] == expected[3] == 40


def test_runs_that_do_not_come_are_mistakes() -> None:
    """Three runs in a row that did not come in time end the forecasts."""
    forecast, history = Forecast(), past_runs(*[40] * 5)
    distrusted = []
    for day in range(4):
        run = Run("nightly", DUE_SEC + day * DAY_SEC)
        forecast.expect(run, history)
        distrusted += [last for *_, last in forecast.end(run.due_sec + DAY_SEC / 2)]

    assert distrusted == [False, False, True]


def test_a_run_that_was_removed_is_not_judged() -> None:
    """A run that came and was deleted before the next one says nothing about the forecast."""
    forecast = expecting(40, 40, 40)
    forecast.follow(RUN, is_due=False, arrived={})
    list(forecast.end(DUE_SEC + DAY_SEC / 2))
    later = Run("nightly", DUE_SEC + 2 * DAY_SEC)

    assert not forecast.expect(later, [PastRun(DUE_SEC + DAY_SEC, {"default": 40}), *past_runs(40, 40, 40)])
