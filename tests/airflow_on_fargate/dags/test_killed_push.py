"""A push that is killed, by a signal that nothing can handle."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

import stages as stages_file
from airflow_on_fargate.dags.checks import Checked
from airflow_on_fargate.dags.commands import DagCommands
from constructs_lib.settings.dag_bundles import DagsInS3
from constructs_lib.settings.settings import Settings
from constructs_lib.shared.dag_pack import read_pack
from constructs_lib.shared.dag_version import Keys
from tests.airflow_on_fargate.dags.bundles import NAME, StageBucket, pushed
from tests.programs import command

pytestmark = pytest.mark.programs

BUNDLES = [f"{when}{number}" for number in (1, 2, 3, 4) for when in ("before", "after")]
"""When the push to each is killed: before or after the first, second, third or fourth request that writes."""


@pytest.fixture(name="bucket", scope="module")
def _bucket(monkeypatch_module: pytest.MonkeyPatch) -> Iterator[StageBucket]:
    """Return the bucket of the deployed stage, at a server of this process that other processes reach too."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    monkeypatch_module.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    monkeypatch_module.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch_module.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    yield StageBucket.deployed(f"http://127.0.0.1:{port}")
    server.stop()


@pytest.fixture(name="monkeypatch_module", scope="module")
def _monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    """Return a monkeypatch for all tests of the module."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def is_whole(bucket: StageBucket, bundle: str, folder: Path) -> bool:
    """Return whether each file of the current version is in its pack."""
    folder.mkdir(exist_ok=True)
    manifest = bucket.manifest(bundle=bundle)
    for sha256 in manifest.packs:
        pack = folder / sha256
        bucket.s3.download_file(NAME, Keys("dags", bundle).pack(sha256), str(pack))
        wanted = {file.sha256: file.bytes for file in manifest.files.values() if file.pack == sha256}
        read_pack(pack, sha256=sha256, wanted=wanted, folder=folder)
    return True


def test_a_killed_push_is_invisible_until_it_switches(
    project: Path, bucket: StageBucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Killed before or after each of its four writes, a push leaves the old version whole, or the new one."""
    stage = "".join(f"{each!r}: DagsInS3(), " for each in BUNDLES)
    (project / "stages.py").write_text(
        "from constructs_lib.settings import DagsInS3, Settings\n"
        f'STAGES = (Settings(stage="dev", region="eu-central-1", dags={{{stage}}}),)\n'
    )
    settings = Settings(stage="dev", region="eu-central-1", dags=dict.fromkeys(BUNDLES, DagsInS3()))
    monkeypatch.setattr(stages_file, "STAGES", (settings,))
    monkeypatch.setattr(DagCommands, "_check", lambda *_: Checked({}))
    before = {each: pushed("--bundle", each) for each in BUNDLES}
    (project / "dags/a.py").write_text("changed")

    killed = subprocess.run(
        command("push_until_killed", *BUNDLES),
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert killed.returncode == 0, killed.stderr
    changed = [each for each in BUNDLES if bucket.pointer(each).version != before[each]]
    assert changed == ["after4"]
    assert all(is_whole(bucket, each, tmp_path / "packs") for each in BUNDLES)
    # What a killed push has left is in nobody's way.
    for each in [*BUNDLES[2:6], "before4"]:
        pushed("--bundle", each)
        assert is_whole(bucket, each, tmp_path / "packs")
