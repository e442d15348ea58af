"""Settings that all tests share."""

import os

from hypothesis import settings

# Random cases are drawn anew on a developer's machine; CI takes the same ones each time.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
