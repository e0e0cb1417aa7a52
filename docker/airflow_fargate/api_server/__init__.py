"""The api-server: the number of requests that it works on at a time."""
