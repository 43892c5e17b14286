# A client machine in the cluster's network: redis-cli, and Node for the checks of this folder.
FROM node:24-bookworm-slim
RUN apt-get update -q && apt-get install -q -y --no-install-recommends redis-tools && rm -rf /var/lib/apt/lists/*
