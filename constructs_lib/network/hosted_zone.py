"""The Route 53 zone that a stage's domain is in."""

from cdktf import Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from constructs import Construct


class HostedZone(Construct):
    """
    Look up the hosted zone *zone_id*, and fail in the plan if it cannot have the records of *domain_name*.

    *proves_certificate*: ACM looks for a record over the internet, for an hour, so that a private zone fails, too.
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
