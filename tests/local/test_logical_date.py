from datetime import UTC, datetime, timedelta

import pytest

from airflow_on_fargate.local.logical_date import logical_date
from constructs_lib.shared.bad_input import BadInputError, shown


@pytest.mark.parametrize("text", [None, ""])
def test_without_a_date_it_is_now(text: str | None) -> None:
    """Without a date it is now, with microseconds."""
    before = datetime.now(UTC)

    assert before <= logical_date(text) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T06:30", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
        ("2026-11-01T06:30+01:00", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ],
)
def test_a_date_is_in_utc_unless_it_names_another_zone(text: str, moment: datetime) -> None:
    """A date is in UTC unless it has a zone."""
    assert logical_date(text) == moment


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "0001-01-01T00:00+14:00", "{{ ds }}", "\x1b[2J"])
def test_what_is_no_date_is_refused(text: str) -> None:
    """A text that is not a date is refused with two examples."""
    with pytest.raises(BadInputError) as refused:
        logical_date(text)

    assert str(refused.value) == (
        f"LOGICAL_DATE must be a date such as 2026-11-01 or 2026-11-01T06:30+01:00, got {shown(text)}"
    )


def test_a_date_in_the_future_is_refused() -> None:
    """A date in the future is refused."""
    text = (datetime.now(UTC) + timedelta(days=1)).isoformat()

    with pytest.raises(BadInputError, match=r"^LOGICAL_DATE must not be in the future, "):
        logical_date(text)
