from airflow_on_fargate.local.proxies import proxies


def test_without_a_proxy_there_is_nothing_to_say() -> None:
    """Without a proxy no variable is set."""
    assert proxies({"NO_PROXY": "a", "http_proxy": "", "PATH": "/bin"}) == {}


def test_this_machine_is_reached_without() -> None:
    """Each spelling of the variables excludes this machine from the proxy."""
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        found = proxies({name: "http://proxy:3128", "NO_PROXY": "intern, localhost", "PATH": "/bin"})

        without = "intern,localhost,127.0.0.1"
        assert found == {name: "http://proxy:3128", "no_proxy": without, "NO_PROXY": without}
        assert proxies(found) == found
