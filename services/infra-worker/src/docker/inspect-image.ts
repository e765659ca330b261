/** What the engine knows of an image. */
import { type Engine, statusOf } from "@drover/docker-engine";
import type Docker from "dockerode";
import { labelNames } from "./labels.ts";

/** Undefined where the engine has no such image. */
export async function inspectImage(
  engine: Engine,
  reference: string,
  signal: AbortSignal,
): Promise<Docker.ImageInspectInfo | undefined> {
  return await engine.call("look at the image", signal, async (abortSignal) => {
    const options = { manifests: false, abortSignal };
    try {
      return await engine.docker.getImage(reference).inspect(options);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  });
}

/** The organization whose build made the image; undefined where no build of ours did. */
export function imageOwner(info: Docker.ImageInspectInfo): string | undefined {
  return info.Config.Labels?.[labelNames.organization];
}
