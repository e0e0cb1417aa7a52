"""The module of a stage: its resources, with variables in place of values."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdktf import TerraformResource

from airflow_on_fargate.export.hcl import Call
from airflow_on_fargate.export.inputs import Input, inputs_of, with_probes, with_sizes
from airflow_on_fargate.export.layout import Layout
from airflow_on_fargate.export.module_images import ModuleImages
from airflow_on_fargate.export.module_variables import variables_of
from airflow_on_fargate.export.probes import Probes
from airflow_on_fargate.export.queue_lengths import (
    LOCAL,
    max_queued_expression,
    queue_replacements,
    variable_replacements,
)
from airflow_on_fargate.export.replacement import Replacement, Replacer
from airflow_on_fargate.synthesis import write_stages
from constructs_lib.engine.addressed_stack import state_address_of
from constructs_lib.engine.synthesized_stack import SynthesizedStack
from constructs_lib.engine.template import expressions
from constructs_lib.settings.task_folder import ROLE_NAME_LIMIT
from constructs_lib.shared.bad_input import BadInputError, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cdktf import TerraformStack

    from airflow_on_fargate.export.variable import Variable
    from constructs_lib.settings.settings import Settings
    from constructs_lib.settings.task_folder import TaskFolder

Document = dict[str, Any]
TAGS = "${local.tags}"
REGION = "data.aws_region.current.region"


@dataclass(frozen=True)
class Module:
    """The *document* of a module in Terraform's JSON syntax, its *variables*, and the *layout* of its files."""

    document: Document
    variables: Sequence[Variable]
    layout: Layout


@dataclass(frozen=True)
class _Marks:
    """The probes of what a module has in another form: the tags of all resources, and the networks of users."""

    tag: str
    cidr: str

    @property
    def rule(self) -> Replacement:
        """The end of the name of the rule for the network."""
        return Replacement("_" + re.sub(r"\W", "_", self.cidr), "_networks", "", is_word=True)


def module_of(settings: Settings, folders: tuple[TaskFolder, ...], *, project: Path) -> Module:
    """
    Return the module of a stage; *folders* are those of `tasks/`, *project* is the folder of main.py.

    The stage is composed with its values and with probes. With the values put in place of the probes again, both must
    be equal: then an expression in that place means the same.

    Raises:
        BadInputError: the stage has a value in which a setting lands otherwise than as it is.

    """
    settings = with_sizes(settings)
    probes = Probes(_texts(settings, folders))
    marks = _Marks(probes.word(), probes.host())
    images = ModuleImages.of(settings, folders, project, probes)
    inputs = inputs_of(settings, probes)
    region = [Input(("region",), settings.region, other) for other in [probes.region(settings.region)] if other]

    both = settings.model_copy(update={"allowed_cidrs": (marks.cidr,), "tags": {marks.tag: marks.tag}})
    _, expected = _compose(images.in_settings(both, probes=False), folders, project)
    probed = images.in_settings(with_probes(both, [*inputs, *region]), probes=True)
    stack, document = _compose(probed, folders, project)
    _keep_steps(document, expected)

    text = json.dumps(document)
    used = [each for each in inputs if _is_used(each, text)]
    replacements = [
        *chain.from_iterable(each.replacements() for each in used),
        *(Replacement(each.probe, REGION, each.value) for each in region),
        *images.replacements(),
        *queue_replacements(settings, probed),
    ]
    named = dict(variable_replacements(settings, probed))
    _check(settings.stage, Replacer(replacements, variables=named, with_values=True).replaced(document), expected)
    replacer = Replacer([*replacements, marks.rule], variables=named, with_values=False)
    module = _with_expressions(document, replacer, marks, tagged=set(_tagged(stack)))
    for mark in (marks.tag, marks.cidr):
        if mark in json.dumps(module, default=Call.text):
            raise _refusal(settings.stage, "a tag or a network of allowed_cidrs")
    variables = variables_of(settings, used, images, name_limit=_name_limit(document, probed.stage))
    module["variable"] = {each.name: each.block() for each in variables}
    module["locals"] |= images.locals()
    if settings.worker_pools:
        module["locals"][LOCAL] = f"${{{max_queued_expression(settings)}}}"
    if region:
        module["data"].setdefault("aws_region", {})["current"] = {}
    return Module(module, variables, Layout.of(stack).renamed(replacer.replaced))


def _texts(settings: Settings, folders: Sequence[TaskFolder]) -> str:
    """Return all that users have written, which no probe may be a part of."""
    return json.dumps([settings.model_dump(mode="json"), *(each.settings.model_dump(mode="json") for each in folders)])


def _compose(settings: Settings, folders: tuple[TaskFolder, ...], project: Path) -> tuple[TerraformStack, Document]:
    """Return the stack of a stage and its JSON, without what only a root has."""
    stage = settings.stage
    with tempfile.TemporaryDirectory() as output:
        [stack] = write_stages({stage: settings}, {stage: folders}, project=project, output=Path(output))
        document = dict(SynthesizedStack.of_stage(stage, Path(output, "stacks")).document)
    terraform = {key: each for key, each in document["terraform"].items() if key not in ("backend", "cloud")}
    # No earlier module has what the block `removed` forgets.
    return stack, {
        **{key: each for key, each in document.items() if key not in ("//", "removed")},
        "terraform": terraform,
    }


def _keep_steps(document: Document, expected: Document) -> None:
    """
    Let scaling policies have the steps of the stage's numbers of workers.

    A step is how many workers an alarm adds at once. Their number depends on the minimum and maximum in a way that no
    expression has. Application Auto Scaling keeps to these two with any steps (API reference, `PutScalingPolicy`).
    """
    policies = SynthesizedStack(expected).all("aws_appautoscaling_policy")
    for name, policy in SynthesizedStack(document).all("aws_appautoscaling_policy").items():
        if steps := policy.get("step_scaling_policy_configuration"):
            steps["step_adjustment"] = policies[name]["step_scaling_policy_configuration"]["step_adjustment"]


def _is_used(each: Input, text: str) -> bool:
    return any(str(probe) in text for probe in (each.probe if isinstance(each.probe, tuple) else (each.probe,)))


def _check(stage: str, document: Document, expected: Document) -> None:
    """Refuse a stage whose *document*, with its values in place of the probes, is not as *expected*."""
    if place := next(_differences(_plain(document), _plain(expected)), None):
        raise _refusal(stage, ".".join(place))


def _differences(one: Any, other: Any) -> Iterator[list[str]]:  # noqa: ANN401 as JSON is
    """Yield the place of each difference."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from ([key, *rest] for rest in _differences(one.get(key), other.get(key)))
    elif one != other:
        yield []


def _plain(value: Any, key: str = "") -> Any:  # noqa: ANN401 as JSON is
    """Return *value* without differences that mean nothing."""
    match value:
        case dict():
            return {name: _plain(each, name) for name, each in value.items() if name != "//"}
        case list():
            return sorted(value) if key == "depends_on" else [_plain(each) for each in value]
        case str() if any(each.value_if_true == "0" for each in expressions(value)):
            # A number of tasks that is 0, whether the stage is paused or not (`Running.capacity`).
            return 0
    return value


def _refusal(stage: str, place: str) -> BadInputError:
    msg = (
        f"stage {shown(stage)} cannot be a module, because {place} depends on its settings in a way that no variable"
        " can have; export it without --module"
    )
    return BadInputError(msg)


def _name_limit(document: Document, stage: str) -> int:
    """Return the maximum length of the name of a stage: all names of roles contain it."""
    longest = max(len(each["name"]) for each in SynthesizedStack(document).all("aws_iam_role").values())
    return ROLE_NAME_LIMIT - (longest - len(stage))


def _tagged(stack: TerraformStack) -> Iterator[str]:
    """Yield the addresses of the resources that have the tags of the provider."""
    for element in stack.node.find_all():
        if isinstance(element, TerraformResource) and hasattr(type(element), "tags_all"):
            yield state_address_of(element)


def _with_expressions(document: Document, replacer: Replacer, marks: _Marks, *, tagged: Iterable[str]) -> Document:
    """Return *document* with expressions, the tags of the module at the *tagged* resources, and a rule per network."""
    [provider] = document["provider"]["aws"]
    [default_tags] = provider["default_tags"]
    own_tags = {key: each for key, each in default_tags["tags"].items() if key != marks.tag}
    moved = [each for each in document.get("moved", ()) if marks.rule.probe not in each["to"]]
    rest = {key: each for key, each in document.items() if key != "provider"}
    module: Document = replacer.replaced({**rest, "moved": moved})
    # A module names what is in the user's subnets as the stack does with its own. Terraform refuses to move nothing.
    module["moved"] = [each for each in module["moved"] if each["from"] != each["to"]]
    resources = SynthesizedStack(module)
    for address in tagged:
        kind, name = replacer.replaced(address).split(".")
        resource = resources.all(kind)[name]
        resource["tags"] = _merged({**own_tags, marks.tag: "", **resource.get("tags", {})}, own_tags, marks.tag)
    for rule in resources.all("aws_vpc_security_group_ingress_rule").values():
        if rule.get("cidr_ipv4") == marks.cidr:
            rule["for_each"] = "${toset(var.allowed_cidrs)}"
            for key in ("cidr_ipv4", "description"):
                rule[key] = rule[key].replace(marks.cidr, "${each.value}")
    for group in resources.all("aws_autoscaling_group").values():
        group["dynamic"] = {"tag": _group_tags(group.pop("tag"), own_tags, marks.tag)}
    module = _with_tags(module, own_tags, marks.tag)
    tags = Call("merge", (replacer.replaced(own_tags), "${var.tags}"))
    module["locals"] = {"tags": tags, **module.get("locals", {})}
    return module


def _with_tags(value: Any, own_tags: Mapping[str, str], mark: str) -> Any:  # noqa: ANN401 as JSON is
    """Return *value* with the module's tags in each table of tags that has the tag *mark*."""
    match value:
        case dict() if mark in value:
            return _merged(value, own_tags, mark)
        case dict():
            return {key: _with_tags(each, own_tags, mark) for key, each in value.items()}
        case list():
            return [_with_tags(each, own_tags, mark) for each in value]
    return value


def _group_tags(blocks: Sequence[Mapping[str, Any]], own_tags: Mapping[str, str], mark: str) -> Document:
    """Return the tags of an Auto Scaling group, which are blocks."""
    tags = {each["key"]: each["value"] for each in blocks}
    content = {**blocks[0], "key": "${tag.key}", "value": "${tag.value}"}
    return {"for_each": _merged(tags, own_tags, mark), "content": content}


def _merged(tags: Mapping[str, str], own_tags: Mapping[str, str], mark: str) -> Call | str:
    rest = {key: each for key, each in tags.items() if key not in (*own_tags, mark)}
    return Call("merge", (TAGS, rest)) if rest else TAGS
