"""The picture of a stage: its boxes, frames and arrows, their places, and how they are drawn."""
