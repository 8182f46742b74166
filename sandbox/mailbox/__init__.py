"""A mail server in a process of its own that keeps what it is sent and shows it on a page."""
