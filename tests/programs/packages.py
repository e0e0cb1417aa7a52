"""Print the versions of toolz and Celery, and where Celery is."""

from importlib import import_module

toolz, celery = import_module("toolz"), import_module("celery")
print(toolz.__version__, celery.__version__, celery.__file__)
