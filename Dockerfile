# syntax=docker/dockerfile:1
# The local host of `npm start`, for amd64 and arm64, with its data in the volume /data. How to run it, and who can reach it
# then: docs/how-to/run-locally.md#in-a-container

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN npm ci --no-audit --no-fund

# The embedded DynamoDB: npm has it for amd64 alone, and for arm64 it is built.
FROM node:24-bookworm-slim AS dynoxide-amd64
RUN mkdir -p /dynoxide/bin

FROM rust:1-slim-bookworm AS dynoxide-arm64
RUN cargo install dynoxide-rs --version 3.2.0 --locked --root /dynoxide

FROM dynoxide-${TARGETARCH} AS dynoxide

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dynoxide /dynoxide/bin/ /usr/local/bin/
COPY --from=build /app/ ./
# The host keeps all in it for its user alone.
RUN mkdir -m 700 /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 8787
# Within the container everybody may ask: from outside those may whom `docker run -p` lets in.
ENTRYPOINT ["node", "--max-semi-space-size=4", "local/main.ts", "--host", "0.0.0.0", "--data", "/data"]
