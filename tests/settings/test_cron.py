"""Promises of the cron expressions of EventBridge Scheduler."""

from itertools import islice

import pytest

from constructs_lib.settings.cron import DAY, Cron

LATER = [
    ("cron(0 20 * * ? *)", 0, "cron(0 20 * * ? *)"),
    ("cron(0 20 ? * MON-FRI *)", 15, "cron(15 20 ? * MON-FRI *)"),
    ("cron(50 20 ? * MON-FRI *)", 15, "cron(5 21 ? * MON-FRI *)"),
    ("cron(0,30 6-8 1 JAN ? *)", 15, "cron(15,45 6,7,8 1 JAN ? *)"),
    ("cron(50 8,20 * * ? *)", 15, "cron(5 9,21 * * ? *)"),
    ("cron(50 23 * * ? *)", 15, "cron(5 0 * * ? *)"),
    ("cron(50 23 ? * * *)", 15, "cron(5 0 ? * * *)"),
    ("cron(50 23 ? * MON-FRI *)", 15, "cron(5 0 ? * TUE,WED,THU,FRI,SAT *)"),
    ("cron(50 23 ? * FRI,SAT *)", 15, "cron(5 0 ? * SAT,SUN *)"),
    ("cron(50 23 1,27 DEC ? *)", 15, "cron(5 0 2,28 DEC ? *)"),
    ("cron(0 20 ? * 2-6 *)", 300, "cron(0 1 ? * TUE,WED,THU,FRI,SAT *)"),
    ("cron(0/15 * * * ? *)", 15, None),
    ("cron(0,50 20 * * ? *)", 15, None),
    ("cron(50 8,23 * * ? *)", 15, None),
    ("cron(50 23 28 * ? *)", 15, None),
    ("cron(50 23 ? JAN MON *)", 15, None),
]


@pytest.mark.parametrize(("expression", "minutes", "later"), LATER)
def test_an_expression_is_shifted_or_refused(expression: str, minutes: int, later: str | None) -> None:
    """An expression is shifted across hours, days and weeks, or refused if no expression can say it."""
    cron = Cron.parse(expression)
    if later:
        assert str(cron.later(minutes)) == later
    else:
        with pytest.raises(
            ValueError, match=f"must be at times to which {minutes} minutes can be added in one cron expression, got "
        ):
            cron.later(minutes)


@pytest.mark.parametrize(("expression", "minutes", "later"), [each for each in LATER if each[2]])
def test_what_is_shifted_comes_just_so_much_later(expression: str, minutes: int, later: str) -> None:
    """Each time of a shifted expression is later by exactly the minutes."""
    before, after = (list(Cron.parse(each).moments()) for each in (expression, later))
    expected = [moment + minutes for moment in before]

    assert sorted(set(expected) ^ set(after)) == [
        each for each in sorted(set(expected) ^ set(after)) if each < DAY or each >= 1461 * DAY
    ]


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        # 1 January 2025 was a Wednesday.
        ("cron(0 0 * * ? *)", [0, 1, 2]),
        ("cron(0 0 ? * WED *)", [0, 7, 14]),
        ("cron(0 0 ? * 1,7 *)", [3, 4, 10]),
        ("cron(0 0 1/10 feb-mar ? *)", [31, 41, 51]),
        ("cron(0 0 29 2 ? *)", [1154]),
    ],
)
def test_days_are_those_of_the_calendar(expression: str, days: list[int]) -> None:
    """The times of an expression are those of the calendar, with the 29th of February."""
    assert [moment // DAY for moment in islice(Cron.parse(expression).moments(), 3)] == days


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("0 20 * * *", r"must be a cron expression of EventBridge Scheduler, .*, got '0 20 \* \* \*'"),
        ("rate(1 day)", "must be a cron expression"),
        ("cron(0 20 * * *)", "must be a cron expression"),
        ("cron(60 20 * * ? *)", r"has a wrong minute, got '60': allowed are 0 to 59, '\*', and lists, ranges"),
        ("cron(? 20 * * ? *)", r"has a wrong minute, got '\?': allowed are 0 to 59"),
        ("cron(0 8-6 * * ? *)", "has a wrong hour, got '8-6'"),
        ("cron(0 \N{ARABIC-INDIC DIGIT ONE} * * ? *)", "has a wrong hour, .*: allowed are 0 to 23"),
        ("cron(0 8/0 * * ? *)", "has a wrong hour, got '8/0'"),
        ("cron(0 8/x * * ? *)", "has a wrong hour, got '8/x'"),
        (
            "cron(0 8 L * ? *)",
            r"has a wrong day-of-month, got 'L': allowed are 1 to 31, .*; L, W and # are not supported$",
        ),
        ("cron(0 8 ? * MON#2 *)", "has a wrong day-of-week, got 'MON#2': allowed are 1 to 7, or SUN to SAT"),
        ("cron(0 8 ? JANUARY MON *)", "has a wrong month, got 'JANUARY': allowed are 1 to 12, or JAN to DEC"),
        ("cron(0 8 ? * MON 2026)", r"must have '\*' as its year, got '2026'"),
        ("cron(0 8 * * * *)", r"must have '\?' for either day-of-month or day-of-week, got"),
        ("cron(0 8 ? * ? *)", r"must have '\?' for either"),
        ("cron(0 8 30 FEB ? *)", "must have a date that exists, got"),
    ],
)
def test_what_is_no_such_expression_is_refused(expression: str, sentence: str) -> None:
    """A wrong expression is refused with a sentence that continues the setting's name."""
    with pytest.raises(ValueError, match=f"^{sentence}"):
        Cron.parse(expression)
