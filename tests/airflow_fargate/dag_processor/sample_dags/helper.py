"""What a file imports."""

VERSION = "first"
