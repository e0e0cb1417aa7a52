"""What the tests of the image run in processes of their own."""
