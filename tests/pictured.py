"""What is in the picture of a stage that `airflow-fargate diagram` draws."""

import copy
from collections.abc import Mapping
from typing import Any

from airflow_on_fargate.diagram.arrows import Arrow, arrows
from airflow_on_fargate.diagram.boxes import Box, boxes
from airflow_on_fargate.diagram.frames import Frame, frames
from airflow_on_fargate.diagram.layout import Layout, lay_out
from constructs_lib.engine.synthesized_stack import SynthesizedStack

Document = Mapping[str, Any]


def read(document: Document) -> tuple[dict[str, Box], list[Frame], list[Arrow]]:
    """Return what is in the picture."""
    stack = SynthesizedStack(document)
    found = boxes(stack)
    return {box.id: box for box in found}, frames(stack), arrows(stack, found, frames(stack))


def arrows_of(document: Document) -> set[tuple[str, str, str]]:
    """Return the arrows as source, target and label."""
    return {(each.source, each.target, each.label) for each in read(document)[2]}


def single_arrows(document: Document) -> set[tuple[str, str, str]]:
    """Return the arrows with one word or port each, and one from each box of a frame."""
    found, all_frames, all_arrows = read(document)
    return {
        (source, target, word)
        for arrow in all_arrows
        for source in inside(arrow.source, found, all_frames)
        for target in inside(arrow.target, found, all_frames)
        for word in arrow.label.split(", ")
    }


def inside(end: str, found: Mapping[str, Box], all_frames: list[Frame]) -> set[str]:
    """Return the boxes of an arrow's end."""
    if end in found:
        return {end}
    deeper = {box for frame in all_frames if frame.parent == end for box in inside(frame.id, found, all_frames)}
    return deeper | {box.id for box in found.values() if box.frame == end}


def laid_out(document: Document) -> Layout:
    """Return where everything stands."""
    found, all_frames, all_arrows = read(document)
    return lay_out(list(found.values()), all_frames, all_arrows)


def without(document: Document, kind: str, name: str) -> Document:
    """Return a copy of *document* that lacks one resource."""
    changed_document = copy.deepcopy(dict(document))
    del changed_document["resource"][kind][name]
    return changed_document
