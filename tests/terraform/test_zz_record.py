import pytest, shutil
from tests.terraform.deployment import Deploy
from tests.terraform.variants import TASKS, VARIANTS
pytestmark = pytest.mark.terraform
@pytest.mark.parametrize("name", VARIANTS)
def test_rec(name: str, deploy: Deploy) -> None:
    d = deploy(VARIANTS[name], tasks=TASKS.get(name))
    f = f"/tmp/rolescalls/{name}.tsv"
    d.environment["STANDIN_CALLS"] = f
    d.try_apply(); d.apply()
    s = d.settings
    d.compose(s.model_copy(update={"tags": {**s.tags, "Changed": "1"}}))
    d.apply()
    d.destroy()
