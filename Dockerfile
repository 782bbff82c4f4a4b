# One image for the webhook, the workers, beat and Flower; what it runs is said in docker-compose.yml.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /src

# The dependencies change more seldom than the code: a layer of their own, with empty packages.
COPY pyproject.toml constraints.txt LICENSE README.md ./
RUN mkdir session worker webhook \
    && pip install -c constraints.txt '.[flower,llm]' \
    && rm -rf session worker webhook build

COPY session session
COPY worker worker
COPY webhook webhook
RUN pip install --no-deps --force-reinstall . && rm -rf build

# An assistant of one's own: FROM this image and COPY it here, or mount its folder here.
WORKDIR /app

# A named volume takes over who owns the folder that it is mounted on.
RUN useradd --uid 10001 --user-group --no-create-home inturn \
    && install --directory --owner inturn --group inturn /data/catalogue
ENV CATALOGUE_DIR=/data/catalogue
USER inturn

EXPOSE 8000
CMD ["inturn", "webhook", "--host", "0.0.0.0", "--port", "8000"]
