FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Production dependencies only: the sandbox's and the tests' are not in the image.
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
# Without the sandbox, which `.dockerignore` keeps out of every layer: it approves by itself and serves a local AWS, and
# has no place where real credentials are.
COPY src ./src
# Nor any runbooks: they are the deployment's own, mounted at /app/runbooks or where JIT_RUNBOOKS says.
USER node
EXPOSE 8080 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["node", "src/health-check.ts"]
CMD ["node", "src/main.ts"]
