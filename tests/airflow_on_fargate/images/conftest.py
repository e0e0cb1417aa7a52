"""ECR is moto's, and docker a small program, as for the images that a deployment pushes."""

from tests.push_image.conftest import docker, endpoint

__all__ = ["docker", "endpoint"]
