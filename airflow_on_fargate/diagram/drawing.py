"""Draw the architecture of a stage from its synthesized Terraform JSON, as a PNG; Graphviz draws it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import diagrams
from graphviz import Digraph, ExecutableNotFound

from airflow_on_fargate.diagram.arrows import arrows
from airflow_on_fargate.diagram.boxes import Box, boxes
from airflow_on_fargate.diagram.frames import Frame, frames
from airflow_on_fargate.diagram.layout import ICON, MARGIN, Layout, caption, lay_out
from airflow_on_fargate.diagram.text import FACT, LABEL, TITLE
from constructs_lib.engine.synthesized_stack import SynthesizedStack, stages
from constructs_lib.shared.bad_input import BadInputError

if TYPE_CHECKING:
    from airflow_on_fargate.diagram.rectangle import Point, Rectangle

# AWS's icons come with the package.
ICONS = Path(diagrams.__file__).parent.parent / "resources" / "aws"
ICON_FILES = {
    "bucket": "storage/simple-storage-service-s3.png",
    "clients": "general/users.png",
    "database": "database/rds-postgresql-instance.png",
    "endpoints": "network/endpoint.png",
    "file_system": "storage/elastic-file-system-efs.png",
    "images": "compute/ec2-container-registry.png",
    "load_balancer": "network/elb-network-load-balancer.png",
    "logs": "management/cloudwatch.png",
    "names": "network/cloud-map.png",
    "nat": "network/nat-gateway.png",
    "queue": "integration/simple-queue-service-sqs.png",
    "secrets": "security/secrets-manager.png",
    "service": "compute/fargate.png",
    "task": "compute/elastic-container-service-container.png",
}
COLOURS = ("#F1F6FC", "#FFFFFF", "#FDF6EC", "#FFFFFF")
"""Background colours of the frames, from the outside in."""
FONT = "Liberation Sans,Arial,DejaVu Sans"
INK, GREY, RULE = "#232F3E", "#545B64", "#AAB7B8"
DOTS_PER_INCH = 144
POINTS_PER_INCH = 72


def write_diagrams(stage: str | None, *, stacks: Path, folder: Path) -> list[Path]:
    """
    Draw *stage*, or all stages below *stacks*, into *folder*, and return the paths of the pictures.

    Raises:
        BadInputError: there is no such stage, or Graphviz is not installed; nothing is written.

    """
    names = [stage] if stage else stages(stacks)
    pictures = {folder / f"architecture-{name}.png": draw(SynthesizedStack.of_stage(name, stacks)) for name in names}
    folder.mkdir(parents=True, exist_ok=True)
    for file, picture in pictures.items():
        file.write_bytes(picture)
    return list(pictures)


def draw(stack: SynthesizedStack) -> bytes:
    """
    Return the PNG of a stage's picture.

    Raises:
        BadInputError: Graphviz is not installed.

    """
    all_boxes, all_frames = boxes(stack), frames(stack)
    layout = lay_out(all_boxes, all_frames, arrows(stack, all_boxes, all_frames))
    graph = Digraph(
        engine="neato",
        graph_attr={"dpi": str(DOTS_PER_INCH), "pad": "0.1", "outputorder": "edgesfirst", "fontname": FONT},
        node_attr={"shape": "plain", "fontname": FONT, "fontcolor": INK},
        edge_attr={"color": GREY, "arrowsize": "0.7"},
    )
    _add_frames(graph, None, all_frames, layout, depth=0)
    for box in all_boxes:
        graph.node(box.id, label=_box_label(box), pos=_position(layout.boxes[box.id].centre))
    for number, line in enumerate(layout.lines):
        ends = [f"{end} {number}" for end in ("start", "end")]
        for end, point in zip(ends, (line.start, line.end), strict=True):
            graph.node(end, shape="point", style="invis", width="0.01", pos=_position(point))
        graph.edge(*ends)
        place = _position(line.label_place.centre)
        graph.node(f"label {number}", label=_label(line.label), pos=place, fontsize=str(LABEL), fontcolor=GREY)
    try:
        # 2: do not move any node.
        png: bytes = graph.pipe(format="png", neato_no_op=2)
    except ExecutableNotFound as error:
        msg = "the command dot is missing; install Graphviz, such as by apt-get install graphviz"
        raise BadInputError(msg) from error
    return png


def _add_frames(graph: Digraph, parent: str | None, frames: list[Frame], layout: Layout, *, depth: int) -> None:
    for frame in frames:
        if frame.parent == parent and (place := layout.frames.get(frame.id)):
            with graph.subgraph(name=f"cluster {frame.id}") as inner:
                inner.attr(bb=_corners(place), style="rounded,filled", color=RULE, fillcolor=COLOURS[depth])
                title = _frame_label(frame, place, COLOURS[depth])
                line = place.centre[0], caption(frame, place).centre[1]
                inner.node(f"title {frame.id}", label=title, fontsize=str(FACT), pos=_position(line))
                _add_frames(inner, frame.id, frames, layout, depth=depth + 1)


def _box_label(box: Box) -> str:
    facts = "".join(f'<BR/><FONT POINT-SIZE="{FACT}" COLOR="{GREY}">{escape(fact)}</FONT>' for fact in box.facts)
    image = f'<IMG SCALE="TRUE" SRC="{ICONS / ICON_FILES[box.kind]}"/>'
    icon = f'<TD FIXEDSIZE="TRUE" WIDTH="{ICON}" HEIGHT="{ICON}">{image}</TD>'
    text = f'<TD><FONT POINT-SIZE="{TITLE}"><B>{escape(box.title)}</B></FONT>{facts}</TD>'
    return f'<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="2"><TR>{icon}</TR><TR>{text}</TR></TABLE>>'


def _label(rows: tuple[str, ...]) -> str:
    text = "<BR/>".join(escape(row) for row in rows)
    return f'<<TABLE BORDER="0" CELLPADDING="1" BGCOLOR="#FFFFFFDD"><TR><TD>{text}</TD></TR></TABLE>>'


def _frame_label(frame: Frame, place: Rectangle, colour: str) -> str:
    """Return a title line as wide as the frame, with its text at the left, in front of the arrows."""
    text = f'<TABLE BORDER="0" CELLPADDING="1" BGCOLOR="{colour}"><TR><TD>{escape(frame.title)}</TD></TR></TABLE>'
    width = place.right - place.left - 2 * MARGIN
    return f'<<TABLE BORDER="0" CELLPADDING="0" WIDTH="{width:.0f}"><TR><TD ALIGN="LEFT">{text}</TD></TR></TABLE>>'


def _position(point: Point) -> str:
    """Return a place in Graphviz's coordinates, in which y grows upwards."""
    return f"{point[0]:.1f},{-point[1]:.1f}"


def _corners(place: Rectangle) -> str:
    return f"{place.left:.1f},{-place.bottom:.1f},{place.right:.1f},{-place.top:.1f}"
