import time
from tests.terraform.conftest import Deploy
from constructs_lib.stages import STAGES
import pytest
@pytest.mark.parametrize("n", [2, 100])
def test_a(deploy, n):
    t = time.time()
    d = deploy(STAGES[0], tasks={f"job_{i}": "" for i in range(n - 2)})
    print("compose+init", time.time() - t); t = time.time()
    print(d.apply()[-300:])
    print("apply", time.time() - t); t = time.time()
    d.plan()
    print("plan", time.time() - t); t = time.time()
    d.destroy(); print("destroy", time.time() - t)
