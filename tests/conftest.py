"""What every test may ask for."""

# ruff: noqa: E402 the bindings are made lazy before anything imports them

import signal

import pytest

from constructs_lib.engine.lazy_bindings import make_bindings_lazy

make_bindings_lazy()
# A shell that runs in the background lets its children ignore Ctrl-C, which tests send to programs that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

from cdktf import Testing

from constructs_lib.engine.addressed_stack import AddressedStack
from constructs_lib.iam.account import Account
from tests.template import Template
from tests.variants import VARIANTS, variant

Testing.__test__ = False  # pytest takes it for a class of tests, because of its name


@pytest.fixture(name="stack")
def _stack() -> AddressedStack:
    """Make an empty stack."""
    return AddressedStack(Testing.app(), "airflow-dev")


@pytest.fixture(name="account")
def _account(stack: AddressedStack) -> Account:
    """Define the account of the empty stack."""
    return Account(stack, "Account", region="eu-central-1")


@pytest.fixture(name="template", params=sorted(VARIANTS))
def _template(request: pytest.FixtureRequest) -> Template:
    """Return every stage, and every variant of one."""
    return variant(request.param)


@pytest.fixture(name="compact")
def _compact() -> Template:
    """Return an unprotected stage with one service for all processes."""
    return variant("compact")


@pytest.fixture(name="split")
def _split() -> Template:
    """Return a protected stage with a service for each process."""
    return variant("split")
