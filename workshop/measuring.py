"""`./dev bench` and `./dev chaos`: the environment, then the package of that name."""

from workshop import servers
from workshop.installing import install_packages
from workshop.steps import clean_environment, run_in_foreground

# So that no checkpoint falls into one side of a comparison and not into the other.
BENCH_SETTINGS = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
}


def run_bench(arguments: list[str]) -> int:
    """Run a bench against a PostgreSQL of its own; return its exit status."""
    install_packages()
    with servers.throwaway_folder() as folder:
        port = servers.free_port()
        server = servers.start_postgres(folder / "postgres", port, settings=BENCH_SETTINGS)
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            return run_package("bench", arguments, {"BENCH_DATABASE_URL": url})
        finally:
            servers.stop(server)


def run_chaos(arguments: list[str]) -> int:
    """Run chaos, which starts everything it kills; return its exit status."""
    install_packages()
    return run_package("chaos", arguments, {})


def run_package(name: str, arguments: list[str], settings: dict[str, str]) -> int:
    return run_in_foreground(["-m", name, *arguments], environment=clean_environment() | settings)
