"""Write the scores of the day in `DAY` to the bucket `BUCKET`; here a sample of one line."""

import os

import boto3

KEY = f"daily/{os.environ['DAY']}.csv"

boto3.client("s3").put_object(Bucket=os.environ["BUCKET"], Key=KEY, Body=b"customer,score\n1,0.5\n")
print(KEY)
