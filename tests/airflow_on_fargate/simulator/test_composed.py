"""Promises of what is read of a composed stage."""

import json
from math import inf
from pathlib import Path

import pytest

from airflow_on_fargate.simulator.composed import read_stage
from airflow_on_fargate.simulator.scaling import Step
from airflow_on_fargate.simulator.stage import Stage
from constructs_lib.airflow.environment import RETENTION_SEC, TASK_QUEUED_TIMEOUT_SEC, VISIBILITY_TIMEOUT_SEC
from constructs_lib.airflow.workers import in_steps, out_steps
from constructs_lib.settings.worker_pool import WorkerPool
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.capacity import FargateStrategy
from tests.template import Template
from tests.variants import changed, variant


def read(folder: Path, template: Template) -> Stage:
    """Return the stage of a template that `make synth` would write as `prod`."""
    (folder / "airflow-prod").mkdir()
    (folder / "airflow-prod" / "cdk.tf.json").write_text(json.dumps(template.document))
    return read_stage("prod", folder)


def test_a_pool_is_read_with_its_bounds_and_its_worker(composed: Path) -> None:
    """A pool is read with its bounds and the size of its worker."""
    pool = read_stage("prod", composed).pools["default"]

    assert (pool.minimum, pool.maximum, pool.slots, pool.cpu, pool.memory_mib) == (0, 20, 4, 1024, 2048)
    assert (pool.architecture, pool.spot_share, pool.stop_timeout_sec, pool.protects) == ("X86_64", 0, 120, True)
    assert pool.visibility_timeout_sec == VISIBILITY_TIMEOUT_SEC
    assert pool.long_poll_sec == 20


def test_limits_are_the_schedulers(composed: Path) -> None:
    """Airflow's limits are those in the scheduler's environment."""
    limits = read_stage("prod", composed).pools["default"].limits

    assert (limits.parallelism, limits.max_active_tasks_per_dag, limits.default_pool_slots) == (240, 240, 240)
    assert limits.task_queued_timeout_sec == TASK_QUEUED_TIMEOUT_SEC
    assert limits.task_queued_check_sec == 10
    assert limits.stuck_retries == RETENTION_SEC // TASK_QUEUED_TIMEOUT_SEC
    assert limits.max_tis_per_query == 240
    assert limits.schedulers == 1


def test_policies_are_read_with_their_alarms(composed: Path) -> None:
    """Scaling policies are read with their steps and alarms."""
    out, in_ = sorted(
        read_stage("prod", composed).pools["default"].policies, key=lambda policy: policy.alarm.threshold, reverse=True
    )

    assert (out.alarm.period_sec, out.alarm.threshold, out.alarm.comparison) == (10, 1, "GreaterThanOrEqualToThreshold")
    assert (in_.alarm.period_sec, in_.alarm.threshold, in_.alarm.comparison) == (60, -1, "LessThanOrEqualToThreshold")
    assert in_.alarm.evaluation_periods > 1
    for policy, steps in ((out, out_steps(20)), (in_, in_steps(20))):
        assert policy.steps == tuple(
            Step(-inf if each.lower is None else each.lower, inf if each.upper is None else each.upper, each.adjustment)
            for each in steps
        )
    assert out.cooldown_sec == WorkerPool().scale_out_cooldown_sec
    assert in_.cooldown_sec == WorkerPool().scale_in_cooldown_sec


def test_each_pool_is_read(tmp_path: Path) -> None:
    """Each pool is read with its size, slots, processor and share of Spot."""
    pools = {
        "default": WorkerPool(max=3),
        "spot": WorkerPool(
            slots=8, min=2, max=5, architecture="ARM64", capacity=FargateStrategy(spot_percent=60, on_demand_base=1)
        ),
    }
    stage = read(tmp_path, changed("compact", worker_pools=pools))

    assert sorted(stage.pools) == ["default", "spot"]
    assert {each.limits.parallelism for each in stage.pools.values()} == {3 * (3 * 4 + 5 * 8)}
    assert {name: each.limits.default_pool_slots for name, each in stage.pools.items()} == {
        "default": 3 * 3 * 4,
        "spot": 3 * 5 * 8,
    }
    spot = stage.pools["spot"]
    assert (spot.slots, spot.minimum, spot.maximum, spot.architecture) == (8, 2, 5, "ARM64")
    assert spot.spot_share == pytest.approx(0.6)


def test_a_stage_whose_workers_do_not_scale_is_refused(tmp_path: Path) -> None:
    """A stage without a pool that scales is refused."""
    with pytest.raises(BadInputError) as error:
        read(tmp_path, variant("compact"))
    assert str(error.value) == ("stage 'prod' has no worker pool that scales; define one in worker_pools in stages.py")


def test_a_stage_that_was_not_composed_is_refused(tmp_path: Path) -> None:
    """A stage that is not composed is refused with the command that composes it."""
    with pytest.raises(BadInputError) as error:
        read_stage("prod", tmp_path)
    assert (
        str(error.value) == f"stage 'prod' has no {tmp_path}/airflow-prod/cdk.tf.json; airflow-fargate synth writes it"
    )
