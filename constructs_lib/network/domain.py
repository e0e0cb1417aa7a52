"""The domain of a stage: its Route 53 zone, and the certificate that proves the name to browsers."""

from cdktf import Fn, Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.acm_certificate_validation import AcmCertificateValidation
from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from constructs import Construct

TTL_SEC = 60


class HostedZone(Construct):
    """
    Look up the hosted zone *zone_id*, and fail in the plan if it cannot have the records of *domain_name*.

    *proves_certificate*: ACM looks for a record over the internet, for an hour, so a private zone is refused.
    """

    def __init__(self, scope: Construct, id_: str, *, zone_id: str, domain_name: str, proves_certificate: bool) -> None:
        super().__init__(scope, id_)

        conditions = [
            Postcondition(
                condition=f'${{"{domain_name}" == self.name || endswith("{domain_name}", ".${{self.name}}")}}',
                error_message=f"hosted_zone_id {zone_id} is the zone ${{self.name}}, and domain_name {domain_name} is"
                " not in it. Name the zone of the domain, or a domain of the zone.",
            )
        ]
        if proves_certificate:
            conditions.append(
                Postcondition(
                    condition="${self.private_zone != true}",
                    error_message=f"hosted_zone_id {zone_id} is a private zone, in which ACM cannot see the record that"
                    f" proves {domain_name}. Give certificate_arn, or name a public zone of the domain.",
                )
            )
        self.id = DataAwsRoute53Zone(
            self, "Resource", zone_id=zone_id, lifecycle=TerraformResourceLifecycle(postcondition=conditions)
        ).zone_id


class Certificate(Construct):
    """Define an ACM certificate for *domain_name*, proven by a record in its hosted zone; AWS renews it."""

    def __init__(self, scope: Construct, id_: str, *, domain_name: str, hosted_zone_id: str) -> None:
        super().__init__(scope, id_)

        certificate = AcmCertificate(
            self,
            "Resource",
            domain_name=domain_name,
            validation_method="DNS",
            # A listener always needs a certificate.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        # One name, so one option; Terraform has it as a set, which has no first element.
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

        # It waits until AWS has seen the record: no listener accepts the certificate before.
        self.arn = AcmCertificateValidation(
            self, "Validation", certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn]
        ).certificate_arn
