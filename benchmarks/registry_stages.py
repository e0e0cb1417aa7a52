"""The stages.py of the benchmark of images: a stage whose images are in a registry."""

from constructs_lib.settings import Settings

STAGES = (Settings(stage="dev", image_registry="123456789012.dkr.ecr.eu-central-1.amazonaws.com/team"),)
