"""Proof to browsers that the load balancer is who its name says."""

from cdktf import Fn, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.acm_certificate_validation import AcmCertificateValidation
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from constructs import Construct

TTL_SEC = 60


class Certificate(Construct):
    """Define an ACM certificate for *domain_name*, proven by a record in its hosted zone; AWS renews it by itself."""

    def __init__(self, scope: Construct, id_: str, *, domain_name: str, hosted_zone_id: str) -> None:
        super().__init__(scope, id_)

        certificate = AcmCertificate(
            self,
            "Resource",
            domain_name=domain_name,
            validation_method="DNS",
            # A listener cannot be without one.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        # One name, so one option; Terraform knows it as a set, which has no first.
        option = Fn.one(certificate.domain_validation_options.fqn)
        record = Route53Record(
            self,
            "ValidationRecord",
            zone_id=hosted_zone_id,
            name=Fn.lookup(option, "resource_record_name"),
            type=Fn.lookup(option, "resource_record_type"),
            records=[Fn.lookup(option, "resource_record_value")],
            ttl=TTL_SEC,
            allow_overwrite=True,
        )

        # Ends when AWS has seen the record: until then no listener takes the certificate.
        self.arn = AcmCertificateValidation(
            self, "Validation", certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn]
        ).certificate_arn
