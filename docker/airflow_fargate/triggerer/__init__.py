"""The triggerer: cancelled triggers, logs, and ECS tasks without an owner."""
