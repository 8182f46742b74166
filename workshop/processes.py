"""The processes of an instance: what is started, with which words."""

from workshop.environment import WEBHOOK_SECRET, for_children, is_given
from workshop.keeping import Post
from workshop.places import DATA, PYTHON

WEB_WORKERS = 2
WORKER_PROCESSES = 2
SANDBOX_DATA = DATA / "sandbox"
SCHEDULES = DATA / "schedules"
WEBHOOK_PATH = "/webhooks/stripe/"


def sandboxes(ports: dict[str, int], environment: dict[str, str]) -> list[Post]:
    """Return the stand-ins for those parts the caller has not brought."""
    posts = []
    if not is_given("SANDBOX_CARRIER_URL"):
        posts.append(sandbox("carrier", environment, port=ports["carrier"]))
    if not is_given("STRIPE_SECRET_KEY"):
        webhooks = {
            "webhook-url": f"http://127.0.0.1:{ports['web']}{WEBHOOK_PATH}",
            "webhook-host": f"{environment['PLATFORM_HOST']}:{ports['web']}",
            "webhook-secret": WEBHOOK_SECRET,
        }
        posts.append(sandbox("payments", environment, port=ports["payments"], **webhooks))
    if not is_given("EMAIL_URL"):
        more = {"smtp-port": ports["smtp"]}
        posts.append(sandbox("mailbox", environment, port=ports["mailbox"], **more))
    return posts


def sandbox(name: str, environment: dict[str, str], **options: str | int) -> Post:
    options |= {"data": str(SANDBOX_DATA / f"{name}.sqlite3")}
    words = [word for option, value in options.items() for word in (f"--{option}", str(value))]
    return Post(name, [PYTHON, "-m", f"sandbox.{name}", *words], for_children(environment))


def product(ports: dict[str, int], environment: dict[str, str]) -> list[Post]:
    """Return web, then worker, two beats as a server would have, and who makes tenants."""
    celery = [PYTHON, "-m", "celery", "-A", "config"]
    commands: dict[str, list[str | object]] = {
        "web": [
            *(PYTHON, "-m", "gunicorn", "config.wsgi", "--config", "config/gunicorn.py"),
            *("--bind", f"127.0.0.1:{ports['web']}", "--workers", WEB_WORKERS),
        ],
        "worker": [
            *(*celery, "worker", "--concurrency", WORKER_PROCESSES, "--loglevel", "INFO"),
            *("--without-gossip", "--without-mingle"),
        ],
        "beat-1": [*celery, "beat", "-s", SCHEDULES / "beat-1"],
        "beat-2": [*celery, "beat", "-s", SCHEDULES / "beat-2"],
        "provisioning": [PYTHON, "manage.py", "provision_tenants"],
    }
    whole = for_children(environment)
    return [Post(name, [str(word) for word in words], whole) for name, words in commands.items()]
