"""What keeps data: database, queues, file system, buckets, secrets and logs."""
