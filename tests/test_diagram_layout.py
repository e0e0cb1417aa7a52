"""`docs/diagram.py`: where everything stands in the picture of a stage, and how it is drawn."""

import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
from picture.layout import caption

from tests.pictured import inside, laid_out, read
from tests.requirements_of_machine import require
from tests.template import Template
from tests.variants import variant

DOCS = Path(__file__).parents[1] / "docs"
STACKS = DOCS.parent / "cdktf.out" / "stacks"
LARGEST_PICTURE = 500_000


class TestLayout:
    def test_nothing_covers_anything_else(self, template: Template) -> None:
        """In every variant boxes and labels do not overlap, and no arrow crosses another box."""
        layout = laid_out(template.document)
        _, all_frames, all_arrows = read(template.document)
        titles = [caption(frame, layout.frames[frame.id]) for frame in all_frames if frame.id in layout.frames]
        labels = [line.label_place for line in layout.lines]

        for one, other in combinations([*layout.boxes.values(), *labels, *titles], 2):
            assert not one.touches(other), f"{one} and {other}"
        for arrow, line in zip(all_arrows, layout.lines, strict=True):
            for box, place in layout.boxes.items():
                if box not in (arrow.source, arrow.target):
                    assert not place.part_of(line.start, line.end), f"{arrow} runs through {box}"

    def test_a_label_is_on_its_arrow(self, template: Template) -> None:
        """Every label is on its arrow."""
        for line in laid_out(template.document).lines:
            assert line.label_place.part_of(line.start, line.end), line.label

    def test_a_frame_holds_its_boxes(self, template: Template) -> None:
        """Every box is inside its own frame and outside others."""
        layout = laid_out(template.document)
        found, all_frames, _ = read(template.document)

        for frame, place in layout.frames.items():
            members = inside(frame, found, all_frames)
            for box, at in layout.boxes.items():
                assert place.touches(at) == (box in members), f"{box} and {frame}"


class TestDrawing:
    @pytest.mark.parametrize("stage", ["compact", "split"])
    def test_draws_the_same_small_picture_again(self, stage: str) -> None:
        """The same JSON gives the same small PNG."""
        require("Graphviz's dot", present=shutil.which("dot") is not None)
        from diagram import draw  # noqa: PLC0415 it needs Graphviz's package

        png = draw(variant(stage))

        assert png.startswith(b"\x89PNG")
        assert len(png) < LARGEST_PICTURE
        assert png == draw(variant(stage))

    @pytest.mark.programs
    def test_says_what_to_run_when_nothing_is_synthesized(self) -> None:
        """A stage without JSON is one sentence and exit code 1."""
        ran = subprocess.run(
            [sys.executable, DOCS / "diagram.py", "nosuch"], capture_output=True, text=True, check=False
        )

        assert ran.returncode == 1
        assert ran.stderr.startswith(
            f"error: stage 'nosuch' has no {STACKS}/airflow-nosuch/cdk.tf.json; airflow-fargate synth writes it"
        )
