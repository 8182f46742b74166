# One image for web, worker, beat and provisioning: docker-compose.yml chooses the command.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    UV_PROJECT_ENVIRONMENT=/opt/venv \
    UV_COMPILE_BYTECODE=1 \
    PATH=/opt/venv/bin:$PATH

# Receipts are printed by WeasyPrint, which needs Pango and a font.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
       libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /nonexistent numberyard \
    && pip install --no-cache-dir "uv>=0.9"
WORKDIR /app

# The packages change seldom, our code often: a layer for each.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project
COPY . .
RUN uv sync --frozen --no-dev \
    && python -m compileall -q . \
    && SECRET_KEY=only-for-this-line DATABASE_URL=postgresql://app@127.0.0.1:1/none \
       python manage.py collectstatic --no-input

USER numberyard
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--config", "config/gunicorn.py", "--bind", "0.0.0.0:8000"]
