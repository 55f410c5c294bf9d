# A PostgreSQL 17 server as a pod, for the quick start and the tests. Not for production: no archiving, no replicas.
# Environment, named as in the well-known image: POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE (one is needed), POSTGRES_USER
# (postgres), POSTGRES_DB (the user's name), PGDATA (/var/lib/postgresql/data). Runs as 999:999; arguments go to the server. The JIT compiler (200 MB) is left out.
#   buildah bud --pull-never -f postgres.Dockerfile -t localhost/sluice-postgres:17 .
FROM debian:trixie-slim
RUN groupadd --system --gid 999 postgres \
 && useradd --system --gid 999 --uid 999 --home-dir /var/lib/postgresql --shell /bin/bash postgres \
 && mkdir -p /etc/postgresql-common \
 && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
 && apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql-17 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
      /usr/lib/postgresql/17/lib/llvmjit*.so /usr/lib/postgresql/17/lib/bitcode /usr/lib/*/libLLVM* /usr/lib/*/libz3* \
 && install -d -o postgres -g postgres -m 700 /var/lib/postgresql/data
COPY --chmod=755 start-postgres.sh /usr/local/bin/start-postgres
ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PGDATA=/var/lib/postgresql/data PGHOST=/tmp LANG=C.UTF-8
USER 999:999
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["start-postgres"]
