"""The network of a stage: VPC, subnets, endpoints, security groups, load balancer and names."""
