/** `generate_api`: a small Express API with what is needed to build and deploy it. */
import { act, type Script } from "../script.ts";
import type { TaskPrompt } from "../task-prompt.ts";
import { dockerfile, packageManifest, serverCode } from "../templates/api-files.ts";
import { kubernetesManifest } from "../templates/kubernetes-manifest.ts";

export function generateApi(prompt: TaskPrompt): Script {
  return {
    steps: [
      act({ kind: "write", path: "api/server.js", content: serverCode(prompt.headline) }),
      act({ kind: "write", path: "api/package.json", content: packageManifest }),
      act({ kind: "write", path: "Dockerfile", content: dockerfile }),
      act({ kind: "write", path: "k8s/api.yaml", content: kubernetesManifest }),
      act({ kind: "read", path: "api/server.js" }),
    ],
    closing: () =>
      "An Express API with GET /healthz, GET /users and POST /users stands in api/server.js, with a Dockerfile to build it and k8s/api.yaml (a Deployment and a Service) to deploy it.",
  };
}
