"""What runs containers: cluster, capacity, images, task definitions, services and their scaling."""
