#!/usr/bin/env python
"""Django's command line for SuccessCloud; without DATABASE_URL it uses the program's own server."""

import os
import sys

from django.core.management import execute_from_command_line

from successcloud.postgres import ensure_database_url

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "successcloud.settings")
    # Who sets a secret or hosts means production: there a missing DATABASE_URL is an error.
    if not {"DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS"} & os.environ.keys():
        os.environ.setdefault("SUCCESSCLOUD_DEMO", "1")
        ensure_database_url()
    execute_from_command_line(sys.argv)
