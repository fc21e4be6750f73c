FROM python:3.11.14-slim-bookworm AS build
WORKDIR /build

# uv comes from the lock like everything else, checked against its hash.
COPY requirements.lock ./
RUN awk '/^uv==/ {inside = 1} inside {print} inside && !/\\$/ {exit}' requirements.lock > uv.txt \
 && python -m pip install --no-cache-dir --require-hashes -r uv.txt

COPY deploy/runtime.lock deploy/runtime.lock
RUN uv venv --no-config /opt/casework \
 && uv pip install --no-config --no-cache --python /opt/casework/bin/python --compile-bytecode \
      --require-hashes -r deploy/runtime.lock

COPY . .
RUN uv build --no-config --no-cache --wheel --out-dir dist \
      --build-constraints requirements.lock --require-hashes \
 && uv pip install --no-config --no-cache --python /opt/casework/bin/python --compile-bytecode \
      --no-deps --no-index dist/*.whl


FROM python:3.11.14-slim-bookworm
RUN groupadd --gid 10001 casework \
 && useradd --uid 10001 --gid casework --no-create-home --home-dir /nonexistent \
      --shell /usr/sbin/nologin casework \
 && install --directory --owner=casework --group=casework /var/lib/casework \
      /var/lib/casework-media
COPY --from=build /opt/casework /opt/casework
ENV PATH=/opt/casework/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080 9464

HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=3)"]

ENTRYPOINT ["casework"]
CMD ["gateway"]
