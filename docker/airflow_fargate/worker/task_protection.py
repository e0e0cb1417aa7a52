"""
Protect the worker's ECS task while it is busy: neither scale-in nor a deployment stops it (task scale-in protection).

It calls ECS's agent (AWS: "Amazon ECS task scale-in protection endpoint") from a separate thread. No task waits for it
or fails because of it.
"""

import logging
import threading
import time
from collections.abc import Callable
from http import HTTPStatus

import httpx
from typing_extensions import override

from airflow_fargate.worker import stop_time
from constructs_lib.shared.worker import QUIET_SEC

EXPIRES_MIN = 30
"""How long the protection lasts if a worker can no longer clear it; ECS allows 1 to 2,880."""
RENEW_SEC = 10 * 60
"""Twice before it expires, so that one call may fail."""
TIMEOUT_SEC = 6
"""The agent gives ECS 4 seconds."""
LOOK_SEC = 1
FIRST_PAUSE_SEC = 1
LONGEST_PAUSE_SEC = 60

log = logging.getLogger(__name__)


class TaskProtection(threading.Thread):
    """
    Keep the protection in step with *is_busy*, by the agent at *uri* (`ECS_AGENT_URI`).

    A call that fails is logged once and tried again after a growing pause. While ECS refuses (`DEPLOYMENT_BLOCKED`: the
    service already has its desired number of protected tasks), the worker continues without protection. If ECS stops
    it, it hands back its tasks.
    """

    def __init__(self, uri: str, is_busy: Callable[[], bool]) -> None:
        super().__init__(name="task-protection", daemon=True)
        self._url = f"{uri}/task-protection/v1/state"
        self._is_busy = is_busy
        self._woken = threading.Event()
        self._protected: bool | None = False
        """None after a call whose outcome is unknown."""
        self._problem = ""

    def wake(self, **_: object) -> None:
        """Wake the thread because there is work; called for each task before it runs."""
        self._woken.set()

    @override
    def run(self) -> None:
        """Update the protection until the worker is being stopped; then it no longer has an effect."""
        busy_at, renew_at, again_at, pause = float("-inf"), 0.0, 0.0, FIRST_PAUSE_SEC
        was_wanted = False
        while not stop_time.is_set():
            # An idle worker without protection has nothing to check.
            resting = self._protected is False and not was_wanted
            woken = self._woken.wait(None if resting else LOOK_SEC)
            self._woken.clear()
            now = time.monotonic()
            if woken or self._is_busy():
                busy_at = now
            wanted = now - busy_at < QUIET_SEC
            if wanted and not was_wanted:
                # Work has started: end the pause after an earlier failure.
                again_at, pause = 0.0, FIRST_PAUSE_SEC
            was_wanted = wanted
            if (wanted != self._protected or (wanted and now >= renew_at)) and now >= again_at:
                if self._set(protected=wanted):
                    renew_at, again_at, pause = time.monotonic() + RENEW_SEC, 0.0, FIRST_PAUSE_SEC
                else:
                    again_at, pause = time.monotonic() + pause, min(2 * pause, LONGEST_PAUSE_SEC)

    def _set(self, *, protected: bool) -> bool:
        """Set the protection through the agent; return whether that succeeded."""
        body = {"ProtectionEnabled": protected} | ({"ExpiresInMinutes": EXPIRES_MIN} if protected else {})
        try:
            # No proxy: the agent is on the machine.
            answer = httpx.put(self._url, json=body, timeout=TIMEOUT_SEC, trust_env=False)
            problem = _problem(answer, protected=protected)
        except httpx.HTTPError as error:
            problem = f"the agent does not answer: {error!r}"
        if not problem:
            self._protected = protected
            if self._problem:
                log.warning("The worker's ECS task is protected again while it is busy")
            self._problem = ""
            return True
        self._protected = None
        if problem != self._problem:
            log.warning(
                "Cannot %s the worker's ECS task; trying again: %s", "protect" if protected else "free", problem
            )
        self._problem = problem
        return False


def _problem(answer: httpx.Response, *, protected: bool) -> str:
    """Return what is wrong with the agent's *answer*, or nothing."""
    try:
        content = answer.json()
        if failure := content.get("failure"):
            return f"ECS refuses: {failure.get('Reason')} {failure.get('Detail') or ''}".strip()
        if error := content.get("error"):
            return f"{error.get('Code')}: {error.get('Message')}"
        if answer.status_code == HTTPStatus.OK and content["protection"]["ProtectionEnabled"] is protected:
            return ""
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return f"the agent answers {answer.status_code}: {answer.text[:200]!r}"
