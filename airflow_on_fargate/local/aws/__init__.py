"""AWS on one machine: moto's server, with an ECS that runs tasks and roles that containers get credentials of."""
