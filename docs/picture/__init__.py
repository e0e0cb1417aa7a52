"""The picture of a stage: its boxes, frames and arrows, and their places; docs/diagram.py draws it."""
