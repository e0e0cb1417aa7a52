"""`airflow-fargate diagram`: the picture of a stage is read from what was synthesized."""

import json
import re
from pathlib import Path

import pytest

from airflow_on_fargate.diagram.arrows import Arrow
from airflow_on_fargate.diagram.boxes import box_of_service
from tests.pictured import arrows_of, read, single_arrows, without
from tests.template import Template
from tests.variants import CLIENTS, variant, with_other_values

PROJECT = Path(__file__).parents[3]
RULES = sorted(variant("split").all("aws_vpc_security_group_ingress_rule"))


class TestBoxes:
    def test_a_service_shows_its_containers_and_its_size(self, compact: Template) -> None:
        """A service's box has its containers and its size."""
        box = read(compact.document)[0]["airflow"]

        assert {"api-server", "scheduler", "dag-processor", "triggerer", "worker", "first: migrate"} < set(box.facts)
        assert box.facts[-1] == "1 vCPU, 4 GiB"

    def test_every_service_and_task_has_a_box(self, split: Template) -> None:
        """Each service and each task folder has a box."""
        titles = {box.title for box in read(split.document)[0].values()}

        assert {"api-server", "scheduler", "dag-processor", "triggerer", "worker-default"} < titles
        assert {"multi_task", "number_task"} < titles

    def test_each_bucket_says_what_is_in_it(self) -> None:
        """The bucket of DAG bundles is another one than that of the logs."""
        boxes = read(variant("bundles").document)[0]

        assert boxes["bucket dags"].facts == ("DAGs of bundles",)
        assert boxes["bucket task_logs"].facts == ("logs of task instances",)

    def test_a_stage_without_repositories_has_no_box_of_them(self, compact: Template) -> None:
        """Images in another registry are no resource of the stage."""
        document = compact.document
        assert "images" in read(document)[0]

        for name in compact.all("aws_ecr_repository"):
            document = without(document, "aws_ecr_repository", name)

        assert "images" not in read(document)[0]

    @pytest.mark.parametrize(
        ("name", "box", "fact"), [("mixed", "workers", "partly Spot"), ("ec2_x86", "airflow", "EC2")]
    )
    def test_a_service_says_where_it_runs(self, name: str, box: str, fact: str) -> None:
        """A service's box names its capacity unless it is Fargate."""
        assert fact in read(variant(name).document)[0][box].facts

    @pytest.mark.parametrize(("name", "place"), [("compact", "on Fargate"), ("ec2", "on Fargate and EC2")])
    def test_the_cluster_says_what_it_has(self, name: str, place: str) -> None:
        """The cluster's title has Fargate and, if configured, the EC2 instances."""
        assert any(frame.title.endswith(place) for frame in read(variant(name).document)[1])

    @pytest.mark.parametrize("name", ["compact", "split", "no_nat"])
    def test_a_box_is_a_part_in_a_file_of_its_own(self, name: str) -> None:
        """docs/architecture.md names the construct of each box, and its file has that class."""
        page = (PROJECT / "docs" / "architecture.md").read_text()
        parts = re.findall(r"^\| \[`(\w+)`\]\(\.\./(.+?)\) \| (.+?) \|", page, re.MULTILINE)
        titles = {box.title for box in read(variant(name).document)[0].values() if box.kind not in ("service", "task")}

        assert titles <= {title for _, _, boxes in parts for title in boxes.split(", ")}
        assert all(f"\nclass {part}(Construct):" in (PROJECT / file).read_text() for part, file, _ in parts)

    def test_what_is_not_made_has_no_box(self) -> None:
        """A resource that the stage does not create has no box."""
        with_nat, without_nat = (read(variant(name).document)[0] for name in ("compact", "no_nat"))

        assert ("nat" in with_nat, "endpoints" in with_nat) == (True, False)
        assert ("nat" in without_nat, "endpoints" in without_nat) == (False, True)
        assert "kms" in without_nat["endpoints"].facts

    def test_what_is_there_already_is_named(self) -> None:
        """An existing network and an existing database are shown with their ids and host."""
        found, all_frames, _ = read(variant("existing").document)

        assert "db.example.com" in found["database"].facts
        assert "vpc-0a1b2c3d" in all_frames[0].title
        assert ("airflow", "database", "5432") not in single_arrows(variant("existing").document)
        assert ("workers", "database", "5432") in single_arrows(variant("existing").document)

    def test_many_tasks_are_one_box(self, twelve_tasks: Template) -> None:
        """Many task folders share one box with their number."""
        found, _, all_arrows = read(twelve_tasks.document)

        assert [box.title for box in found.values() if box.kind == "task"] == ["12 tasks"]
        assert Arrow("airflow", "tasks", "starts, waits for") in all_arrows
        assert Arrow("tasks", "file_system", "2049") in all_arrows

    def test_spot_and_count_are_shown(self) -> None:
        """A box shows Spot and the number of tasks, and worker pools share a box, as queues do."""
        assert {"3 tasks", "Spot"} < set(read(variant("worker_pool").document)[0]["workers"].facts)
        found = read(variant("worker_pools").document)[0]
        assert (found["workers"].title, found["queues"].facts[0]) == ("2 worker pools", "3 queues")
        assert found["workers"].facts == ("high_memory", "spot", "1 to 2 vCPU, 2 to 16 GiB")


class TestArrows:
    @pytest.mark.parametrize("rule", RULES)
    def test_an_arrow_goes_with_its_rule(self, split: Template, rule: str) -> None:
        """Without a security group rule there is no arrow."""
        port = str(split.all("aws_vpc_security_group_ingress_rule")[rule]["from_port"])
        lost = single_arrows(split.document) - single_arrows(
            without(split.document, "aws_vpc_security_group_ingress_rule", rule)
        )

        assert lost
        assert {word for _, _, word in lost} == {port}
        boxes = {service.label: box_of_service(service) for service in split.services()}
        let_in = rule.partition("_from_")[0]
        assert {boxes.get(let_in, let_in)} == {target for _, target, _ in lost}

    def test_an_arrow_goes_with_its_grant(self, split: Template) -> None:
        """Without a grant in a role's policy there is no arrow."""
        sends = ("scheduler", "queues", "sends")

        assert sends in single_arrows(split.document)
        assert sends not in single_arrows(without(split.document, "aws_iam_role_policy", "scheduler_task"))

    def test_who_runs_tasks_is_read_from_the_families_of_the_policy(self, split: Template) -> None:
        """The arrows to on-demand tasks follow from the families in the policy."""
        changed_document = json.loads(json.dumps(split.document).replace("task-definition/airflow-prod-", "x/other-"))

        assert ("workers", "dag_tasks_multi_task", "starts") in single_arrows(split.document)
        assert not [each for each in single_arrows(changed_document) if each[2] == "starts"]

    def test_a_frame_speaks_for_its_boxes_only_if_all_agree(self, split: Template) -> None:
        """An arrow from a frame replaces those of its boxes only if all have it."""
        everyone, rule = ("services", "database", "5432"), "database_from_worker_default_5432"
        all_but_worker = without(split.document, "aws_vpc_security_group_ingress_rule", rule)

        assert everyone in arrows_of(split.document)
        assert everyone not in arrows_of(all_but_worker)
        assert ("scheduler", "database", "5432") in arrows_of(all_but_worker)

    def test_nobody_is_let_in_until_somebody_is_named(self, compact: Template) -> None:
        """Without `allowed_cidrs` there are no clients, and with them there is an arrow to the load balancer."""
        closed, opened = read(compact.document)[0], with_other_values("compact").document

        assert "clients" not in closed
        assert "allows no clients yet" in closed["load_balancer"].facts
        assert read(opened)[0]["clients"].facts == CLIENTS
        assert ("clients", "load_balancer", "80") in arrows_of(opened)
