import { expect, test } from "vitest";
import { ImagePolicy, withRegistry, withTag } from "./image-reference.ts";

test.each([
  ["debian", "debian:latest", "docker.io/library/debian:latest"],
  ["debian:trixie", "debian:trixie", "docker.io/library/debian:trixie"],
  ["acme/app:1", "acme/app:1", "docker.io/acme/app:1"],
  ["localhost:5000/app", "localhost:5000/app:latest", "localhost:5000/app:latest"],
  ["ghcr.io/acme/app:1", "ghcr.io/acme/app:1", "ghcr.io/acme/app:1"],
  ["debian@sha256:abc", "debian@sha256:abc", "docker.io/library/debian@sha256:abc"],
])("%s is %s and in full %s", (reference, tagged, full) => {
  expect(withTag(reference)).toBe(tagged);
  expect(withRegistry(reference)).toBe(full);
});

test.each([
  { patterns: ["*"], image: "anything/at-all:1", allowed: true },
  { patterns: ["debian:*"], image: "debian:trixie", allowed: true },
  { patterns: ["debian:*"], image: "evil/debian:trixie", allowed: false },
  { patterns: ["debian:*"], image: "debianx:1", allowed: false },
  { patterns: ["docker.io/library/*"], image: "debian", allowed: true },
  { patterns: ["ghcr.io/acme/*"], image: "ghcrxio/acme/app:1", allowed: false },
  { patterns: ["node:24", "redis:8"], image: "redis:8", allowed: true },
  { patterns: ["node"], image: "node:24", allowed: false },
])("with $patterns the image $image is allowed: $allowed", ({ patterns, image, allowed }) => {
  const check = () => new ImagePolicy(patterns).check(image);
  if (allowed) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code: "image_not_allowed" }));
});
