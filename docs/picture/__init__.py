"""The picture of a stage: what is in it, and where it stands; docs/diagram.py draws it."""
