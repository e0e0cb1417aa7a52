"""The engine's process for hundreds of stacks: it takes less CPU than the one of a program that composes two."""

import importlib.util
import os
import typing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
import typeguard

PLAIN = frozenset({str, int, float, bool, type(None)})
"""Classes whose values all pass the same checks of the bindings."""


@contextmanager
def cheap_engine() -> Iterator[None]:
    """Let the engine that is imported now take less CPU; programs that tests start have the usual one."""
    # With more room for young objects Node collects them less often.
    os.environ["NODE_OPTIONS"] = f"--max-semi-space-size=64 {os.environ.get('NODE_OPTIONS', '')}".strip()
    jsii = importlib.util.find_spec("jsii")
    assert jsii
    assert jsii.origin
    with pytest.MonkeyPatch().context() as patch:
        patch.setenv("JSII_RUNTIME", str(Path(__file__).with_name("one_process.cjs")))
        patch.setenv("JSII_PROGRAM", str(Path(jsii.origin).parent / "_embedded/jsii/lib__program.js"))
        yield
    _read_annotations_once()
    _check_classes_once()
    _keep_paths()


def _read_annotations_once() -> None:
    """Keep the annotations by which the bindings check each call, instead of evaluating them for each."""
    read = typing.get_type_hints
    kept = cache(read)

    def get_type_hints(of: Any, *rest: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401 as typing's
        is_check = getattr(of, "__name__", "").startswith("_typecheckingstub__")
        return kept(of) if is_check else read(of, *rest, **options)

    pytest.MonkeyPatch().setattr(typing, "get_type_hints", get_type_hints)


def _check_classes_once() -> None:
    """Let a plain value pass where one of its class has passed; the bindings check fifty values for each resource."""
    check = typeguard.check_type
    passed: dict[tuple[int, type], Any] = {}

    def check_type(argname: str, value: object, expected_type: Any, *rest: Any, **options: Any) -> None:  # noqa: ANN401 as typeguard's
        of = type(value)
        # By identity, because a union computes its hash anew each time.
        key = (id(expected_type), of)
        if key in passed:
            return
        check(argname, value, expected_type, *rest, **options)
        if of in PLAIN:
            # The annotation is kept, so that no other one gets its identity.
            passed[key] = expected_type

    pytest.MonkeyPatch().setattr(typeguard, "check_type", check_type)


def _keep_paths() -> None:
    """Keep the path of each construct, which a stack asks for to name it: a quarter of all messages is about that."""
    # Their import starts the engine.
    import jsii  # noqa: PLC0415
    from cdktf import App  # noqa: PLC0415
    from constructs import Construct  # noqa: PLC0415

    create, ask = jsii.create, Construct.to_string
    paths: WeakKeyDictionary[Construct, str] = WeakKeyDictionary()

    def create_and_keep(of: type, new: object, arguments: Sequence[Any] = ()) -> Any:  # noqa: ANN401 as jsii's
        reference = create(of, new, [*arguments])
        match new, arguments:
            # The engine writes another character in place of these.
            case _, [_, str(id_), *_] if "/" in id_ or "\n" in id_:
                pass
            case Construct(), [App(), str(id_), *_]:
                paths[new] = id_
            case Construct(), [Construct() as scope, str(id_), *_] if scope in paths:
                paths[new] = f"{paths[scope]}/{id_}"
        return reference

    pytest.MonkeyPatch().setattr(jsii, "create", create_and_keep)
    pytest.MonkeyPatch().setattr(Construct, "to_string", lambda each: paths.get(each) or ask(each))
