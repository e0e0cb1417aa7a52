"""Pause and resume a stage by the clock."""
