#!/usr/bin/env python
"""Django's command line. It works as the database's owner, unlike web and workers."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DATABASE_LOGIN", "owner")
    execute_from_command_line(sys.argv)
