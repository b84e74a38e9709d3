# One image for every process; compose.yaml names the command of each.
FROM python:3.12-slim-bookworm AS build
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN pip install --no-cache-dir uv==0.13.8 && uv sync --compile-bytecode --frozen --no-default-groups

FROM python:3.12-slim-bookworm
RUN useradd --system --home /app tendero && install -d -m 700 -o tendero /data
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY agent agent
COPY backend backend
COPY graphs graphs
COPY prompts prompts
RUN python -m compileall -q agent backend graphs
# Large memory pages, as in the Makefile.
ENV PYTHONMALLOC=malloc GLIBC_TUNABLES=glibc.malloc.hugetlb=1
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1
USER tendero
EXPOSE 8000 8001
CMD ["python", "-m", "backend", "serve", "--host", "0.0.0.0"]
