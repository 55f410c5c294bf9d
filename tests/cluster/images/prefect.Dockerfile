# An unmodified Alembic project in an image of its own: Prefect's server, 119 revisions and more, run as its own
# `prefect server database upgrade -y`. No PostgreSQL client, nothing of ours.
FROM debian:trixie-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
ARG PIP_CERT
RUN python3 -m venv /opt/prefect && /opt/prefect/bin/pip install --no-cache-dir prefect==3.6.29
ENV PATH=/opt/prefect/bin:/usr/bin:/bin HOME=/tmp PREFECT_HOME=/tmp/prefect
USER 1001:1001
CMD ["prefect", "server", "start"]
