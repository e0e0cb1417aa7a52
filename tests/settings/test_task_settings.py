"""Promises of the settings in a task.toml."""

from pathlib import Path
from textwrap import dedent

import pytest

from constructs_lib.settings.permission import Permission
from constructs_lib.settings.task_settings import TaskSettings, read_task_settings
from constructs_lib.shared.bad_input import BadInputError
from constructs_lib.shared.capacity import FargateStrategy

EVERY_KEY = """
    cpu = 512
    memory_mib = 1024
    ephemeral_storage_gib = 50
    architecture = "ARM64"
    capacity = "FARGATE_SPOT"
    shared_volume = "/data/"
    command = ["python", "main.py", "10"]
    stop_timeout_sec = 120
    log_mode = "non-blocking"
    log_max_buffer_mib = 25
    additional_folders = ["libs/common", "data-2"]

    [environment]
    LOG_LEVEL = "info"

    [secrets]
    NAME = "prod/vendor/token"
    PARAMETER = "/prod/vendor/token"
    PARAMETER_ARN = "arn:aws:ssm:eu-west-1:123456789012:parameter/prod/token"
    ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:vendor-AbCdEf"
    PART_OF_ARN = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:vendor-AbCdEf:token::"

    [[permissions]]
    actions = ["s3:GetObject"]
    resources = ["arn:aws:s3:::bucket/*"]
"""


def read(folder: Path, text: str) -> TaskSettings:
    """Write *text* as a task.toml and read it."""
    file = folder / "task.toml"
    file.write_text(dedent(text))
    return read_task_settings(file, where="tasks/x/task.toml")


def test_everything_is_optional(tmp_path: Path) -> None:
    """Without settings a task has Fargate's smallest size and the shared volume."""
    absent = read_task_settings(tmp_path / "task.toml", where="tasks/x/task.toml")

    assert absent == read(tmp_path, "") == TaskSettings()
    assert (absent.cpu, absent.memory_mib) == (256, 512)
    assert absent.shared_volume == "/shared-volume"
    assert absent.capacity == "FARGATE"
    assert absent.log_mode == "blocking"


def test_every_key_is_read(tmp_path: Path) -> None:
    """Every key of task.toml is read."""
    settings = read(tmp_path, EVERY_KEY)

    assert (settings.cpu, settings.memory_mib, settings.ephemeral_storage_gib) == (512, 1024, 50)
    assert (settings.architecture, settings.capacity) == ("ARM64", "FARGATE_SPOT")
    assert settings.shared_volume == "/data"
    assert settings.command == ("python", "main.py", "10")
    assert settings.stop_timeout_sec == 120
    assert (settings.log_mode, settings.log_max_buffer_mib) == ("non-blocking", 25)
    assert settings.additional_folders == ("libs/common", "data-2")
    assert settings.environment == {"LOG_LEVEL": "info"}
    assert sorted(settings.secrets) == ["ARN", "NAME", "PARAMETER", "PARAMETER_ARN", "PART_OF_ARN"]
    assert settings.permissions == (Permission(actions=("s3:GetObject",), resources=("arn:aws:s3:::bucket/*",)),)


def test_a_mix_of_capacity_is_a_table(tmp_path: Path) -> None:
    """A mix of capacity is an inline table or a table."""
    mixed = FargateStrategy(spot_percent=80)

    assert read(tmp_path, "capacity = { spot_percent = 80 }").capacity == mixed
    assert read(tmp_path, "[capacity]\nspot_percent = 80").capacity == mixed


def test_on_ec2_a_task_has_any_size(tmp_path: Path) -> None:
    """On EC2 a task can have a size that Fargate does not have."""
    settings = read(tmp_path, 'capacity = "EC2"\ncpu = 300\nmemory_mib = 200000')

    assert (settings.cpu, settings.memory_mib) == (300, 200_000)


@pytest.mark.parametrize("path", ["/data", "/opt/data", "/usr/src/app/data", "/var/lib/data", "/mnt"])
def test_the_shared_volume_may_be_at_a_path_of_the_program(tmp_path: Path, path: str) -> None:
    """The shared volume can be at any path that the container does not need."""
    assert read(tmp_path, f'shared_volume = "{path}"').shared_volume == path


def test_variables_of_airflows_image_mean_nothing_to_a_task(tmp_path: Path) -> None:
    """A task can set variables that only Airflow's containers must not set."""
    variables = read(tmp_path, '[environment]\nPYTHONPATH = "/app"\nAWS_REGION = "us-east-1"').environment

    assert variables == {"PYTHONPATH": "/app", "AWS_REGION": "us-east-1"}


def test_the_shared_volume_can_be_left_out(tmp_path: Path) -> None:
    """With `shared_volume = false` nothing is mounted."""
    assert read(tmp_path, "shared_volume = false").shared_volume is False


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("memory = 512", "memory is unknown; did you mean 'memory_mib'?"),
        ('[[permissions]]\naction = ["s3:GetObject"]', "permissions.0.action is unknown; did you mean 'actions'?"),
        ('[[permissions]]\nactions = ["*"]\nresources = ["*"]', "permissions.0.actions.0 must be a service and"),
        ('cpu = "256"', "cpu must be a valid integer, got '256'"),
        ("cpu = 256.0", "cpu must be a valid integer, got 256.0"),
        ("cpu = true", "cpu must be a valid integer, got True"),
        ("cpu = 300", "cpu must be one of 256, 512,"),
        ("memory_mib = 4096", "memory_mib for 256 CPU units must be 512, 1024 or 2048, got 4096"),
        ("ephemeral_storage_gib = 20", "ephemeral_storage_gib must be greater than or equal to 21, got 20"),
        ("ephemeral_storage_gib = 201", "ephemeral_storage_gib must be less than or equal to 200, got 201"),
        ('architecture = "arm64"', "architecture must be 'ARM64' or 'X86_64', got 'arm64'"),
        ('capacity = "SPOT"', "capacity must be 'FARGATE', 'FARGATE_SPOT' or 'EC2', got 'SPOT'"),
        ("[capacity]\nspot = 1", "capacity.spot is unknown; allowed are on_demand_base, spot_percent"),
        ("[capacity]\nspot_percent = 101", "capacity.spot_percent must be less than or equal to 100, got 101"),
        (
            "[capacity]\nspot_percent = 50\non_demand_base = 1",
            "capacity.on_demand_base is only for services, got 1; remove it, because each start of a task would",
        ),
        (
            'capacity = "EC2"\nephemeral_storage_gib = 50',
            "ephemeral_storage_gib is only for Fargate, got 50; on EC2, tasks share the disk of their instance",
        ),
        ('capacity = "EC2"\ncpu = 64', "cpu on EC2 must be 128 to 196608 CPU units, got 64"),
        ('capacity = "EC2"\nmemory_mib = 5', "memory_mib on EC2 must be 6 or more, got 5"),
        ('additional_folders = "libs"', "additional_folders must be an array, written in square brackets, got 'libs'"),
        *(
            (
                f'additional_folders = ["{folder}"]',
                "additional_folders must name folders by their path in the project, such as 'libs/common', of letters,",
            )
            for folder in (
                "",
                ".",
                "..",
                "../libs",
                "libs/../..",
                "/libs",
                "./libs",
                "libs/",
                "libs//a",
                ".git",
                "a b",
                "$HOME",
                "${x}",
                "é",
            )
        ),
        (
            'additional_folders = ["libs", "libs"]',
            "additional_folders must name each folder once, got 'libs' and 'libs'",
        ),
        ('additional_folders = ["libs", "libs/a"]', "additional_folders must name each folder once, got 'libs/a' and"),
        ("shared_volume = true", "shared_volume must be an absolute path such as '/shared-volume', or false, got True"),
        ('shared_volume = "data"', "shared_volume must be an absolute path"),
        ('shared_volume = "/a/../etc"', "shared_volume must be an absolute path"),
        ('shared_volume = "/a:b"', "shared_volume must be an absolute path"),
        ('shared_volume = "/"', "shared_volume must not be a folder that the container needs, got"),
        ('shared_volume = "/usr/"', "shared_volume must not be a folder that the container needs, got"),
        *(
            (f'shared_volume = "{path}"', "shared_volume must not be a folder that the container needs, got")
            for path in (
                "/proc/1",
                "/etc/ssl",
                "/usr/share",
                "/usr/src",
                "/lib64",
                "/lib/x",
                "/run/x",
                "/var",
                "/var/run",
            )
        ),
        ('[environment]\nPATH = "/x"', "environment must not set PATH: it belongs to the image"),
        (
            '[environment]\nAWS_CONTAINER_CREDENTIALS_FULL_URI = "http://x"',
            "environment must not set AWS_CONTAINER_CREDENTIALS_FULL_URI: ECS sets it",
        ),
        (
            '[secrets]\nAWS_SECRET_ACCESS_KEY = "n"',
            "secrets must not set AWS_SECRET_ACCESS_KEY: containers have the credentials of their role",
        ),
        ('command = "python main.py"', "command must be an array, written in square brackets, got 'python main.py'"),
        ("command = [1]", "command.0 must be a valid string, got 1"),
        ("permissions = 1", "permissions must be an array"),
        ('log_mode = "lossy"', "log_mode must be 'blocking' or 'non-blocking', got 'lossy'"),
        (
            "log_max_buffer_mib = 25",
            "log_max_buffer_mib is for log_mode = 'non-blocking', got 25 with 'blocking'",
        ),
        (
            'log_mode = "non-blocking"\nlog_max_buffer_mib = 512',
            "log_max_buffer_mib must be less than memory_mib, 512, got 512",
        ),
        ("stop_timeout_sec = 1", "stop_timeout_sec must be greater than or equal to 2, got 1"),
        ("stop_timeout_sec = 121", "stop_timeout_sec must be less than or equal to 120, got 121"),
        ("[environment]\nPORT = 80", "environment.PORT must be a valid string, got 80"),
        ('[environment]\n"A-B" = ""', "environment must name variables with letters, digits and '_'"),
        ('[secrets]\n1A = "name"', "secrets must name variables with letters, digits and '_'"),
        ('[secrets]\nA = "two words"', "secrets.A must be the name of a secret in Secrets Manager, the path of an"),
        (
            '[environment]\nSHARED_VOLUME = "/x"',
            "SHARED_VOLUME is set by the stack, to the path of the volume; use shared_volume",
        ),
        (
            '[secrets]\nSHARED_VOLUME = "n"',
            "SHARED_VOLUME is set by the stack, to the path of the volume; use shared_volume",
        ),
        ('[environment]\nA = "1"\n[secrets]\nA = "n"', "A is in environment and in secrets; remove one of"),
    ],
)
def test_a_wrong_key_is_refused_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    """A wrong key is one sentence with file, key, value and what is allowed."""
    with pytest.raises(BadInputError) as refused:
        read(tmp_path, text)

    assert str(refused.value).startswith(f"tasks/x/task.toml: {sentence}")
    assert "\n" not in str(refused.value)


def test_wrong_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    """Wrong TOML is refused with its line."""
    with pytest.raises(BadInputError, match=r"tasks/x/task\.toml is not valid TOML: .*line 2"):
        read(tmp_path, "cpu = 256\nmemory_mib = \n")


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    """A file that is not UTF-8 is refused."""
    file = tmp_path / "task.toml"
    file.write_bytes(b"# caf\xe9")

    with pytest.raises(BadInputError, match=r"tasks/x/task\.toml must be UTF-8 text, and byte 5 is not"):
        read_task_settings(file, where="tasks/x/task.toml")


def test_the_refusal_of_an_open_string_names_the_last_line(tmp_path: Path) -> None:
    """An open string is refused with the file's last line."""
    file = tmp_path / "task.toml"
    file.write_text("cpu = 256\ncommand = [\n")

    with pytest.raises(BadInputError, match=r"\(at line 2, the end\)$"):
        read_task_settings(file, where="tasks/x/task.toml")
