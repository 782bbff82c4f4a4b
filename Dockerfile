# One image for the webhook, the workers, beat and Flower; docker-compose.yml selects the command.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /src

# Dependencies change less often than code, so they are a separate layer, installed with empty packages.
COPY pyproject.toml constraints.txt LICENSE README.md ./
RUN mkdir session worker webhook \
    && pip install -c constraints.txt '.[flower,mcp]' \
    && rm -rf session worker webhook build

COPY session session
COPY worker worker
COPY webhook webhook
RUN pip install --no-deps --force-reinstall . && rm -rf build

# For your own assistant: derive an image and COPY it here, or mount its folder here.
WORKDIR /app

# A named volume takes its owner from the folder that it is mounted on.
RUN useradd --uid 10001 --user-group --no-create-home inturn \
    && install --directory --owner inturn --group inturn /data/catalogue /data/media
ENV CATALOGUE_DIR=/data/catalogue MEDIA_DIR=/data/media
USER inturn

EXPOSE 8000
CMD ["inturn", "webhook", "--host", "0.0.0.0", "--port", "8000"]
