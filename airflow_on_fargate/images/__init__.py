"""The images of a stage in a registry that its deployment does not fill: list them, build and push what is missing."""
