"""The same stack on one machine: `make local`."""
