"""Push an image of the same tag before docker does, and fail as docker then does."""

import os
import sys

import boto3

boto3.client("ecr", region_name="eu-central-1").put_image(
    repositoryName="airflow-dev-x", imageTag="0123456789abcdef", imageManifest=os.environ["MANIFEST"]
)
sys.exit("tag invalid: The image tag already exists and cannot be overwritten because the repository is immutable.")
