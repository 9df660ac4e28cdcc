FROM python:3.13-slim

# The model's client trusts the certificates of the operating system.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --no-create-home bot \
    && install -d -o bot -g bot -m 700 /data

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY adapters adapters
COPY bot bot

# Settings come from the environment (docker run --env-file .env); nothing secret is in the image.
# The bot runs in the root folder, so that its default database, data/bot.db, lies in the volume.
ENV PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /
USER bot
VOLUME /data
CMD ["python", "-m", "bot"]
