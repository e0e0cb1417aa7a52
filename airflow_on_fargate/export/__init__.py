"""Write a stack as plain Terraform: HCL that needs neither Python nor an engine."""
