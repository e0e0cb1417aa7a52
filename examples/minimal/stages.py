"""One small stage: everything that is not set here has its default."""

from constructs_lib.settings import Settings

STAGES = (
    Settings(
        stage="dev",
        region="eu-central-1",
    ),
)
