"""Django settings. Every value that differs between machines comes from the environment."""

from pathlib import Path

import environ
import structlog
from csp.constants import NONE, SELF
from django.contrib.messages import constants as messages

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

# Hosts and links

PLATFORM_HOST = env.str("PLATFORM_HOST", "numberyard.localhost")
SITE_SCHEME = env.str("SITE_SCHEME", "http")
SITE_PORT = env.str("SITE_PORT", "")
# Which hosts exist is in the database; tenants.arriving turns every other one away.
ALLOWED_HOSTS = [PLATFORM_HOST, f".{PLATFORM_HOST}", *env.list("EXTRA_HOSTS", default=[])]
IS_SECURE = SITE_SCHEME == "https"

# Tenancy: what is shared lives in the public schema, the rest once in each tenant's schema.
# Users and sessions are in both on purpose: staff sign in to the platform, people to their tenant.

SIGN_IN_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "users",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
SHARED_APPS = [
    "django_tenants",
    *SIGN_IN_APPS,
    "lifecycle",
    "work",
    "notices",
    "tenants",
    "carriers",
    "stock",
    "demo",
    "desk",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton",
    "django_filters",
    "lucide",
    "csp",
    "config.apps.NumberyardConfig",
]
TENANT_APPS = [*SIGN_IN_APPS, "people", "billing", "inventory", "purchase"]
INSTALLED_APPS = SHARED_APPS + [app for app in TENANT_APPS if app not in SHARED_APPS]
TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Host"
# With it on, a savepoint rolled back could leave the path of another tenant behind.
TENANT_LIMIT_SET_CALLS = False

# Database: `app` serves and works, `owner` migrates and makes tenants (manage.py).

DATABASE_LOGIN = env.str("DATABASE_LOGIN", "app")
DATABASE_URLS = {
    "app": env.str("DATABASE_URL"),
    "owner": env.str("OWNER_DATABASE_URL", env.str("DATABASE_URL")),
}
DATABASES = {
    "default": environ.Env.db_url_config(
        DATABASE_URLS[DATABASE_LOGIN], engine="django_tenants.postgresql_backend"
    )
    | {
        # A connection that has seen many schemas grows; performance.md 4.
        "CONN_MAX_AGE": env.int("DATABASE_CONNECTION_SECONDS", 300),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "options": "-c statement_timeout=30000 -c lock_timeout=5000"
            " -c idle_in_transaction_session_timeout=60000"
            if DATABASE_LOGIN == "app"
            else "",
        },
    }
}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"

# Pages

MIDDLEWARE = [
    "tenants.arriving.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "tenants.arriving.DoorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "people.identity.IdentityMiddleware",
    "config.faults.NulMiddleware",
]
ROOT_URLCONF = "config.urls_tenant"
PUBLIC_SCHEMA_URLCONF = "config.urls_platform"
# Whoever ticks more numbers than a cart takes is told so by the cart.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "django.templatetags.static",
                "lucide.templatetags.lucide",
                "billing.money",
                "stock.digits",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.shell.shell",
            ],
        },
    }
]
COTTON_DIR = "cotton"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
MESSAGE_TAGS = {messages.ERROR: "bad", messages.SUCCESS: "ok", messages.WARNING: "warn"}

# What a tenant may choose to be billed in: one with a price list.
CURRENCIES = env.list("CURRENCIES", default=["USD"])

# Sign-in

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
# Nobody signs up here: people are invited, and tenants.signing_up takes new tenants.
ACCOUNT_ADAPTER = "config.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Whoever has set a password came by a mailed link, so the address is known to be theirs.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "users.links.PasswordTokens"
ACCOUNT_SESSION_REMEMBER = True
# Besides allauth's own: how often one address may ask for a site.
ACCOUNT_RATE_LIMITS = {"sign_up": "20/h/ip", "site_check": "120/m/ip"}
ACCOUNT_FORMS = {
    "login": "config.account_forms.LoginForm",
    "change_password": "config.account_forms.ChangePasswordForm",
    "set_password": "config.account_forms.SetPasswordForm",
    "reset_password": "config.account_forms.ResetPasswordForm",
    "reset_password_from_key": "config.account_forms.ResetPasswordKeyForm",
    "reauthenticate": "config.account_forms.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "config.account_forms.AuthenticateForm",
    "reauthenticate": "config.account_forms.ReauthenticateByCodeForm",
    "activate_totp": "config.account_forms.ActivateTOTPForm",
}
MFA_ADAPTER = "config.adapters.SecondFactorAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Numberyard"
# How many proxies of ours stand before the web process: rate limits count by address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
SESSION_ENGINE = "users.sessions"
# __Host- binds a cookie to exactly one host; browsers take the prefix on HTTPS only.
SESSION_COOKIE_NAME = "__Host-session" if IS_SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_SECURE else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_SECURE
SESSION_COOKIE_AGE = 14 * 24 * 3600

# What browsers are told

SECURE_SSL_REDIRECT = IS_SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_SECURE else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# Background work and cache: a wake-up is never worth waiting for.

# How many times faster than in production leases and waits run out: more than 1 where the whole
# product is tested, and only there.
WORK_PACE = env.float("WORK_PACE", 1)

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:63790/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 0, "socket_connect_timeout": 1}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 2000
CELERY_TASK_TIME_LIMIT = 110
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_TIMEZONE = "UTC"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

# Logs: one line for each event, as JSON for machines or in words under ./dev

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=str)
                if env.bool("LOG_JSON", True)
                else structlog.dev.ConsoleRenderer(colors=False),
            ],
            "foreign_pre_chain": [
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # Without this Django mails its errors to administrators, of whom there are none.
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": "INFO"},
        # Each call to a carrier is on its Operation already.
        "httpx": {"level": "WARNING"},
    },
}

# E-mail

EMAIL_CONFIG = env.email_url("EMAIL_URL", "smtp://127.0.0.1:8703")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"Numberyard <no-reply@{PLATFORM_HOST}>")

# Payments

STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "sk_test_sandbox")
# Empty means Stripe itself.
STRIPE_API_BASE = env.str(
    "STRIPE_API_BASE", "http://127.0.0.1:8702" if STRIPE_SECRET_KEY == "sk_test_sandbox" else ""
)
# The sandbox's is known to everybody: with a key of Stripe's, no event is believed without its own.
STRIPE_WEBHOOK_SECRETS = env.list(
    "STRIPE_WEBHOOK_SECRETS",
    default=["whsec_sandbox"] if STRIPE_SECRET_KEY == "sk_test_sandbox" else [],
)

# Who sells, as receipts name it

SELLER_NAME = env.str("SELLER_NAME", "Numberyard")
SELLER_ADDRESS = env.str("SELLER_ADDRESS", "")
SELLER_VAT_NUMBER = env.str("SELLER_VAT_NUMBER", "")

# Carriers

SANDBOX_CARRIER_URL = env.str("SANDBOX_CARRIER_URL", "http://127.0.0.1:8701")
SANDBOX_CARRIER_KEY = env.str("SANDBOX_CARRIER_KEY", "sandbox-key")
