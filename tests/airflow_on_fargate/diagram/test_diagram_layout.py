"""`airflow-fargate diagram`: where everything stands in the picture of a stage, and how it is drawn."""

import json
import shutil
from itertools import combinations
from pathlib import Path

import pytest

from airflow_on_fargate.cli import project_files
from airflow_on_fargate.diagram.drawing import draw
from airflow_on_fargate.diagram.frames import Frame
from airflow_on_fargate.diagram.layout import caption, lay_out
from airflow_on_fargate.project import STACKS
from tests.command import command, refused
from tests.pictured import inside, laid_out, read
from tests.requirements_of_machine import require
from tests.template import Template
from tests.variants import variant

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

    def test_an_empty_frame_has_no_place(self, compact: Template) -> None:
        """Such as that of the tasks of a stage without any."""
        found, all_frames, all_arrows = read(compact.document)

        layout = lay_out(list(found.values()), [*all_frames, Frame("empty", "Nothing", "region")], all_arrows)

        assert layout.frames.keys() == {each.id for each in all_frames}

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
        png = draw(variant(stage))

        assert png.startswith(b"\x89PNG")
        assert len(png) < LARGEST_PICTURE
        assert png == draw(variant(stage))


class TestCommand:
    @pytest.fixture(autouse=True)
    def _project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Run in a project whose main.py has composed two stages."""
        for stage in ("compact", "split"):
            stack = tmp_path / STACKS / f"airflow-{stage}"
            stack.mkdir(parents=True)
            (stack / "cdk.tf.json").write_text(json.dumps(variant(stage).document))
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(project_files, "write_stages", lambda **_: None)

    def test_all_stages_are_drawn_or_one(self) -> None:
        """It prints the path of each picture; the folder may be new."""
        require("Graphviz's dot", present=shutil.which("dot") is not None)
        one, both = command("diagram", "--stage", "split"), command("diagram", "--to", "docs")

        assert (one.output, one.errors) == ("architecture-split.png\n", "")
        assert both.output == "docs/architecture-compact.png\ndocs/architecture-split.png\n"
        assert Path("architecture-split.png").read_bytes() == Path("docs/architecture-split.png").read_bytes()

    def test_a_stage_without_json_is_one_sentence(self) -> None:
        """The sentence has the stages that there are, and nothing is written."""
        sentence = "error: stage 'comact' has no cdktf.out/stacks/airflow-comact/cdk.tf.json; airflow-fargate synth "

        assert refused("diagram", "--stage", "comact", "--to", "docs").startswith(sentence)
        assert not Path("docs").exists()

    def test_a_missing_dot_is_one_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The sentence says what to install, and nothing is written."""
        monkeypatch.setenv("PATH", "")

        sentence = "error: the command dot is missing; install Graphviz, such as by apt-get install graphviz"
        assert refused("diagram", "--to", "docs") == sentence
        assert not Path("docs").exists()

    def test_a_folder_that_cannot_be_written_is_refused_first(self) -> None:
        """Before anything is composed or drawn."""
        Path("file").touch()

        assert refused("diagram", "--to", "file/docs").startswith(
            "error: --to must be a writable folder, got 'file/docs'"
        )
