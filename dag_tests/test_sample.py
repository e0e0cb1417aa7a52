"""Tests of the sample, as an example for those of your own DAGs."""

from airflow.dag_processing.dagbag import DagBag


def test_the_sample_ends_well(dags: DagBag) -> None:
    """Its own code runs; its tasks on Fargate count as done."""
    sample = dags.get_dag("Test_Dag")

    run = sample.test(run_conf={"upper_bound": 4}, mark_success_pattern="odd_task|even_task|numbers_task")

    assert run.state == "success"
    assert {each.task_id: each.state for each in run.get_task_instances()} == dict.fromkeys(sample.task_ids, "success")


def test_a_command_is_made_of_the_parameters(dags: DagBag) -> None:
    """An on-demand task starts with a command that contains the run's parameters."""
    [container] = dags.get_dag("Test_Dag").get_task("odd_task").overrides["containerOverrides"]

    assert container["command"] == ["python", "odd_numbers.py", "{{ params.upper_bound }}"]
