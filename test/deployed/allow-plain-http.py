"""Takes the policy away from the bucket of the CDK's assets, on an emulator of AWS.

The policy refuses requests without TLS, and the emulator holds everyone to policies, but speaks plain HTTP.
Arguments: the URL of the emulator, and the name of the bucket.
"""

import sys

import botocore.session

endpoint, bucket = sys.argv[1:]
client = botocore.session.get_session().create_client(
    "s3",
    region_name="us-east-1",
    endpoint_url=endpoint,
    aws_access_key_id="test",
    aws_secret_access_key="test",
)
client.delete_bucket_policy(Bucket=bucket)
