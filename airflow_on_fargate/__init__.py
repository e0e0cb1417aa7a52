"""The programs around the library: they write the Terraform JSON, check and print what a stage needs."""
