"""Cron expressions of EventBridge Scheduler: parse one, shift it by minutes, list its times."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR, DAY = 60, 24 * 60
"""In minutes, as all times here."""
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEK = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
"""As EventBridge numbers them, from 1."""
SURE_OF_A_NEXT_DAY = 27
"""The last day of a month after which every month has another day."""
YEARS = range(2025, 2029)
"""Four years, one of them a leap year, in which each month starts on several days of the week."""


@dataclass(frozen=True)
class _Field:
    name: str
    minimum: int
    maximum: int
    words: tuple[str, ...] = ()

    def values(self, text: str) -> frozenset[int]:
        """Return the values of *text*: numbers, names, lists, ranges and steps."""
        if text == "?" and self.name in ("day-of-month", "day-of-week"):
            text = "*"
        return frozenset(value for part in text.split(",") for value in self._part(part))

    def _part(self, text: str) -> range:
        first, slash, step = text.partition("/")
        low, dash, high = ("", "", "") if first == "*" else first.partition("-")
        start = self.minimum if first == "*" else self._number(low, text)
        end = self._number(high, text) if dash else self.maximum if slash or first == "*" else start
        if end < start or (slash and not (_is_number(step) and int(step))):
            self._refuse(text)
        return range(start, end + 1, int(step) if slash else 1)

    def _number(self, word: str, text: str) -> int:
        if word.upper() in self.words:
            return self.words.index(word.upper()) + self.minimum
        if not (_is_number(word) and self.minimum <= int(word) <= self.maximum):
            self._refuse(text)
        return int(word)

    def _refuse(self, text: str) -> None:
        names = f", or {self.words[0]} to {self.words[-1]}" if self.words else ""
        msg = (
            f"has a wrong {self.name}, got {text!r}: allowed are {self.minimum} to {self.maximum}{names}, '*', and"
            " lists, ranges and steps of them; L, W and # are not supported"
        )
        raise ValueError(msg)


def _is_number(text: str) -> bool:
    # AWS accepts only ASCII digits.
    return text.isascii() and text.isdecimal()


FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day-of-month", 1, 31),
    _Field("month", 1, 12, MONTHS),
    _Field("day-of-week", 1, 7, WEEK),
)


@dataclass(frozen=True)
class Cron:
    """The fields of `cron(minutes hours day-of-month month day-of-week year)`, as they are written."""

    minute: str
    hour: str
    day_of_month: str
    month: str
    day_of_week: str

    @classmethod
    def parse(cls, expression: str) -> Self:
        """
        Return the fields of *expression*.

        Raises:
            ValueError: it is wrong; the sentence continues after the setting's name.

        """
        found = re.fullmatch(r"cron\(\s*(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*\)", expression)
        if not found:
            msg = (
                "must be a cron expression of EventBridge Scheduler, cron(minute hour day-of-month month day-of-week"
                f" year), such as 'cron(0 20 ? * MON-FRI *)', got {expression!r}"
            )
            raise ValueError(msg)
        *texts, year = found.groups()
        for field, text in zip(FIELDS, texts, strict=True):
            field.values(text)
        if year != "*":
            msg = f"must have '*' as its year, got {year!r}"
            raise ValueError(msg)
        if (texts[2] == "?") == (texts[4] == "?"):
            msg = f"must have '?' for either day-of-month or day-of-week, got {expression!r}"
            raise ValueError(msg)
        cron = cls(*texts)
        if next(cron.moments(), None) is None:
            msg = f"must have a date that exists, got {expression!r}"
            raise ValueError(msg)
        return cron

    @override
    def __str__(self) -> str:
        """Return the expression."""
        return f"cron({self.minute} {self.hour} {self.day_of_month} {self.month} {self.day_of_week} *)"

    def later(self, minutes: int) -> Self:
        """
        Return the expression whose times are *minutes*, less than a day, after those of this one.

        Raises:
            ValueError: no single expression has these times.

        """
        times = [time + minutes for time in self._times()]
        if len({time // DAY for time in times}) > 1:
            self._refuse(minutes, "some of its times would be on the next day, and others not")
        hours, ends = {time % DAY // HOUR for time in times}, {time % HOUR for time in times}
        if len(hours) * len(ends) != len(times):
            self._refuse(minutes, "some of its times would be in the next hour, and others not")
        days = self if times[0] < DAY else self._on_the_next_day(minutes)
        return replace(days, minute=_listed(ends), hour=_listed(hours))

    def moments(self) -> Iterator[int]:
        """Yield the times of four years in order, in minutes from the start of the first year."""
        days, months, weekdays, times = self._values(2), self._values(3), self._values(4), self._times()
        number = 0
        for year in YEARS:
            for month in range(1, 13):
                for day in range(1, calendar.monthrange(year, month)[1] + 1):
                    # Python numbers the days of a week from Monday, 0.
                    weekday = (calendar.weekday(year, month, day) + 1) % 7 + 1
                    if day in days and month in months and weekday in weekdays:
                        yield from (number * DAY + time for time in times)
                    number += 1

    def _times(self) -> list[int]:
        return sorted(HOUR * hour + minute for hour in self._values(1) for minute in self._values(0))

    def _values(self, field: int) -> frozenset[int]:
        texts = (self.minute, self.hour, self.day_of_month, self.month, self.day_of_week)
        return FIELDS[field].values(texts[field])

    def _on_the_next_day(self, minutes: int) -> Self:
        days, months, weekdays = self._values(2), self._values(3), self._values(4)
        if len(days) < len(FIELDS[2].values("*")):
            if max(days) > SURE_OF_A_NEXT_DAY:
                self._refuse(minutes, f"the day after day {max(days)} may be in the next month")
            return replace(self, day_of_month=_listed({day + 1 for day in days}))
        if len(months) < len(MONTHS):
            self._refuse(minutes, "the day after the last of a month is in the next one")
        if len(weekdays) < len(WEEK):
            names = [WEEK[day % 7] for day in sorted(weekdays)]
            return replace(self, day_of_week=",".join(names))
        return self

    def _refuse(self, minutes: int, why: str) -> None:
        msg = f"must be at times to which {minutes} minutes can be added in one cron expression, got '{self}': {why}"
        raise ValueError(msg)


def _listed(values: set[int]) -> str:
    return ",".join(map(str, sorted(values)))
