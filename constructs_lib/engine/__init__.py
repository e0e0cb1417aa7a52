"""What the library needs of CDKTF itself: lazy bindings, state addresses, the provider and the backend."""
