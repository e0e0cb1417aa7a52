"""An image in a registry."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Protocol

from constructs_lib.push_image import PushError
from constructs_lib.push_image.docker_command import docker_command


class RegistryImage(Protocol):
    """The image *uri*, in a *repository* of the host *registry*."""

    @property
    def registry(self) -> str:
        """The host, with its port if it has one."""

    @property
    def repository(self) -> str:
        """The path without the tag."""

    @property
    def uri(self) -> str:
        """All of it."""

    def exists(self) -> bool:
        """
        Return whether the registry has it.

        Raises:
            MissingRepositoryError: there is no such repository, and the registry does not create it with an image.
            PushError: the registry is not reached, or refuses.

        """

    def login(self) -> tuple[str, str] | None:
        """
        Return user and password for the registry; None: docker has a login of the user, or needs none.

        Raises:
            PushError: the registry is not reached, or refuses.

        """


@dataclass(frozen=True)
class DockerImage:
    """The image *tag* of the repository at *repository_url*, as the docker command of this machine sees it."""

    repository_url: str
    tag: str

    @property
    def registry(self) -> str:
        """The host, with its port if it has one."""
        return self.repository_url.partition("/")[0]

    @property
    def repository(self) -> str:
        """The path without the tag."""
        return self.repository_url.partition("/")[2]

    @property
    def uri(self) -> str:
        """All of it."""
        return f"{self.repository_url}:{self.tag}"

    def exists(self) -> bool:
        """
        Return whether the registry has it.

        Raises:
            PushError: there is no docker command, or the registry refuses.

        """
        if not shutil.which("docker"):
            msg = f"cannot look for {self.uri}: outside of ECR that needs the docker command; install Docker"
            raise PushError(msg)
        with docker_command(self.repository, registry=self.registry, users_login=True) as docker:
            return docker.registry_has(self.uri)

    def login(self) -> None:
        """Return None: the user has logged in by `docker login`, or the registry needs no login."""
