"""
Probes: values that a stage is composed with to find out where its settings land.

A probe is in no setting of the stage. So each place that has it in the composed JSON gets it from one setting. A number
or a word of the same text that comes from elsewhere is never taken for it.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from constructs_lib.settings.partition import partition_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_NUMBER = 7_000_003
FIRST_COUNT = 90_000_000_001
"""Numbers of workers are so high that what is computed from them is a probe too."""
STEP = 1_009


class Probes:
    """Probes that *texts*, the settings of a stage, do not contain."""

    def __init__(self, texts: str) -> None:
        self._texts = texts
        self._words = self._candidates("zq{}x", range(1, 10**6))
        self._numbers = self._candidates("{}", range(FIRST_NUMBER, FIRST_COUNT, STEP))
        self._counts = self._candidates("{}", range(FIRST_COUNT, FIRST_COUNT * 10, STEP))
        self._hosts = self._candidates("198.51.100.{}/32", range(1, 255))
        self._probe_of_account: dict[str, str] = {}
        self._accounts = self._candidates("{}", range(980_000_000_001, 990_000_000_000, STEP))

    def _candidates(self, form: str, numbers: range) -> Iterator[str]:
        return (found for number in numbers if (found := form.format(number)) not in self._texts)

    def word(self) -> str:
        """Return a word, which can be a stage's name and part of other names."""
        return next(self._words)

    def number(self) -> int:
        """Return a number."""
        return int(next(self._numbers))

    def count(self) -> int:
        """Return a number of workers."""
        return int(next(self._counts))

    def account(self) -> str:
        """Return an account's id."""
        return next(self._accounts)

    def account_of(self, account: str) -> str:
        """Return the probe of an *account* of the settings, always the same one; lists of accounts keep their order."""
        if not self._probe_of_account:
            known = sorted(set(re.findall(r"(?<!\d)\d{12}(?!\d)", self._texts)))
            self._probe_of_account = {each: self.account() for each in known}
        if account not in self._probe_of_account:
            self._probe_of_account[account] = self.account()
        return self._probe_of_account[account]

    def network(self, prefix_length: int) -> str:
        """Return the network of a VPC."""
        private = ipaddress.IPv4Network("172.16.0.0/12").subnets(new_prefix=prefix_length)
        return next(found for each in private if (found := str(each)) not in self._texts)

    def host(self) -> str:
        """Return a network of one host."""
        return next(self._hosts)

    def region(self, region: str) -> str | None:
        """Return another region of the partition of *region*; None: there is none, or the settings name all of them."""
        others = partition_of(region).regions
        return next((each for each in others if each != region and each not in self._texts), None)
