"""Serve files on loopback, on the port that is the first argument."""

import http.server
import sys

http.server.test(bind="127.0.0.1", port=int(sys.argv[1]))  # type: ignore[attr-defined] # typeshed leaves it out
