"""What all teams share."""

from datetime import UTC, datetime, timedelta

START = datetime(2025, 1, 1, tzinfo=UTC)
RETRIES = {"retries": 2, "retry_delay": timedelta(minutes=5)}
