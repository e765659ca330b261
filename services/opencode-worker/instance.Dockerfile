# What an OpenCode instance of the runtime `docker` runs in: OpenCode, git, ripgrep and socat, and no Node.
# Build from the root of the repository:
#   docker build -f services/opencode-worker/instance.Dockerfile -t drover/opencode-instance:0.1.0 services/opencode-worker
# Where packages come through a private registry, add:  --secret id=npmrc,src=$HOME/.npmrc
#
# To give your agents more tools (a compiler, a language), build an image FROM this one and name it in DROVER_OPENCODE_IMAGE.

# Equal to the catalog of pnpm-workspace.yaml; a test compares them.
ARG OPENCODE_VERSION=1.18.33

FROM node:24-trixie-slim AS opencode
ARG OPENCODE_VERSION
ARG TARGETARCH
WORKDIR /opencode
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    case "$TARGETARCH" in arm64) arch=arm64 ;; *) arch=x64 ;; esac \
    && npm install --no-save --no-fund --no-audit --ignore-scripts --silent "opencode-linux-$arch@$OPENCODE_VERSION" \
    && install -m 755 "node_modules/opencode-linux-$arch/bin/opencode" /usr/local/bin/opencode

FROM debian:trixie-slim
# socat carries the model and the server over the two sockets that join the container to its worker: it has no network.
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends ca-certificates git ripgrep socat \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY --from=opencode /usr/local/bin/opencode /usr/local/bin/opencode
# The worker reads here which OpenCode it is.
ARG OPENCODE_VERSION
LABEL drover.opencode.version="$OPENCODE_VERSION"
# The worker starts it as the owner of the workspace, whatever stands here; by itself it is nobody.
USER 65534:65534
WORKDIR /
CMD ["opencode", "--version"]
