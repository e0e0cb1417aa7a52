"""Which programs run the Terraform of a stage: Terraform and OpenTofu, with what each engine and the export write."""
