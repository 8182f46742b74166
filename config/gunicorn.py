"""How gunicorn serves: sync workers, each with one connection to PostgreSQL.

Their number comes from WEB_CONCURRENCY, the address from --bind.
"""

from pathlib import Path

timeout = 30
graceful_timeout = 8
# A worker's connection has seen many schemas by then, and its memory is given back.
max_requests = 5000
max_requests_jitter = 500
# A worker's heartbeat is a file, and on a busy disk touching it may block for seconds.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
