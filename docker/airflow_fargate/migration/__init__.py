"""The container that migrates the metadata database: tables, pools, the admin user, the workers' role."""
