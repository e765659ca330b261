import { expect, test } from "vitest";
import { checkDockerfile } from "./dockerfile-images.ts";
import { ImagePolicy } from "./image-reference.ts";

const policy = new ImagePolicy(["debian:*"]);
const refused = expect.objectContaining({ code: "image_not_allowed" });

test("stages, scratch and allowed images pass", () => {
  const dockerfile = `
    # FROM evil:1
    FROM --platform=linux/amd64 debian:trixie AS Build
    RUN true
    FROM scratch
    COPY --from=build /a /b
    COPY --chown=1:1 --from=0 /a /b
    FROM build`;
  expect(() => checkDockerfile(dockerfile, policy)).not.toThrow();
});

test.each([
  "FROM evil:1",
  "from evil:1",
  "FROM debian:trixie\nFROM evil:1 AS debian",
  "FROM \\\n  evil:1",
  "FROM --platform=linux/amd64 \\\n# a comment between\n evil:1",
  "FROM debian:trixie\nCOPY --from=evil:1 /a /b",
  "FROM debian:trixie\nCOPY --chown=1:1 --from=evil:1 /a /b",
  "ARG BASE=debian:trixie\nFROM $BASE",
  "# escape=`\nFROM `\nevil:1",
])("%j is refused", (dockerfile) => {
  expect(() => checkDockerfile(dockerfile, policy)).toThrow(refused);
});

test("a worker that allows all images reads no Dockerfile", () => {
  expect(() => checkDockerfile("FROM $ANY", new ImagePolicy(["*"]))).not.toThrow();
});
