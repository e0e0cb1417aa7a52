"""Wait for messages of the queue whose URL is the first argument; the SDK finds its endpoint in the environment."""

import sys

import boto3

sqs = boto3.client("sqs")
print("begun", flush=True)
sqs.receive_message(QueueUrl=sys.argv[1], WaitTimeSeconds=20)
