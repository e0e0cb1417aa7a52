"""A private S3 bucket."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)
from constructs import Construct

from constructs_lib.iam.policy import policy_document, tls_only

ABANDONED_UPLOAD_DAYS = 7


class Bucket(Construct):
    """
    Define an encrypted S3 bucket that is private and accepts only TLS.

    Objects are deleted after *expiration_days*; in a *versioned* bucket, versions this long after they were replaced.
    Without *kms_key_arn* the key is S3's own.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        protected: bool,
        expiration_days: int,
        versioned: bool = False,
        kms_key_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id_)

        bucket = S3Bucket(
            self,
            "Resource",
            bucket=name,
            force_destroy=not protected,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protected),
        )
        self.name = bucket.bucket
        self.arn = bucket.arn
        public_access = self._block_public_access(bucket)
        self._encrypt(bucket, kms_key_arn)
        # S3 refuses two changes of a bucket's access at the same time (409 OperationAborted).
        self._require_tls(bucket, after=public_access)
        self._expire(bucket, expiration_days, versioned=versioned)

    def _block_public_access(self, bucket: S3Bucket) -> S3BucketPublicAccessBlock:
        return S3BucketPublicAccessBlock(
            self,
            "PublicAccess",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )

    def _encrypt(self, bucket: S3Bucket, kms_key_arn: str | None) -> None:
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "Encryption",
            bucket=bucket.id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=(
                        S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                            sse_algorithm="aws:kms" if kms_key_arn else "AES256", kms_master_key_id=kms_key_arn
                        )
                    ),
                    # One call of KMS for many objects.
                    bucket_key_enabled=True if kms_key_arn else None,
                    # S3 blocks SSE-C by default since April 2026. Versions 6.22 to 6.39 of the provider would remove
                    # what is not written here, in each plan (hashicorp/terraform-provider-aws#47320).
                    blocked_encryption_types=["SSE-C"],
                )
            ],
        )

    def _require_tls(self, bucket: S3Bucket, *, after: S3BucketPublicAccessBlock) -> None:
        S3BucketPolicy(
            self,
            "Policy",
            bucket=bucket.id,
            policy=policy_document([tls_only("s3:*", [bucket.arn, f"{bucket.arn}/*"])]),
            depends_on=[after],
        )

    def _expire(self, bucket: S3Bucket, days: int, *, versioned: bool) -> None:
        """Delete old objects, or the old versions of a versioned bucket."""
        versioning = []
        if versioned:
            versioning.append(
                S3BucketVersioningA(
                    self,
                    "Versioning",
                    bucket=bucket.id,
                    versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
                )
            )
        abandoned = S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(
            days_after_initiation=ABANDONED_UPLOAD_DAYS
        )
        objects = S3BucketLifecycleConfigurationRuleExpiration(days=days)
        versions = S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(noncurrent_days=days)
        S3BucketLifecycleConfiguration(
            self,
            "Lifecycle",
            bucket=bucket.id,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="expire",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    abort_incomplete_multipart_upload=[abandoned],
                    expiration=None if versioned else [objects],
                    noncurrent_version_expiration=[versions] if versioned else None,
                )
            ],
            depends_on=versioning,
        )
