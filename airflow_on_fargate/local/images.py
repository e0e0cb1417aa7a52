"""Build the images of the stage for Docker on this machine."""

import json

from airflow_on_fargate.local.provision import name_repositories
from airflow_on_fargate.local.template import Template
from airflow_on_fargate.project import project_folder
from constructs_lib.push_image import WORDS, PushError
from constructs_lib.push_image.docker_command import docker_command
from constructs_lib.push_image.program import build_context, parse
from constructs_lib.shared.bad_input import BadInputError


def build_images(template: Template) -> None:
    """
    Build the images that Docker does not have.

    Raises:
        BadInputError: Docker does not answer, or a build fails; docker has printed the reason.

    """
    name_repositories(template)
    for name in template.stack.all("terraform_data"):
        resource = template.resource("terraform_data", name)
        if "provisioner" not in resource:
            # A record of what the stage was created with.
            continue
        options = parse(json.loads(resource["provisioner"][0]["local-exec"]["environment"][WORDS]))
        image = f"{options.repository_url}:{options.tag}"
        try:
            with docker_command(options.repository_url, registry="localhost") as docker:
                docker.architecture()
                if not docker.has(image):
                    context = build_context(options, project_folder())
                    docker.build(image, context=context, architecture=options.architecture)
        except PushError as error:
            raise BadInputError(str(error)) from error
