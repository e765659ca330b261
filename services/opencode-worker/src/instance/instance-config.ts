/** OpenCode's configuration for an instance: one provider, the worker's relay, and the models that may be used. */

export interface ModelSettings {
  readonly model: string;
  readonly furtherModels: readonly string[];
  readonly contextTokens: number;
  readonly outputTokens: number;
  /** US dollars for a million tokens. */
  readonly inputUsd: number;
  readonly outputUsd: number;
}

export interface RelayAccess {
  /** Base address of an OpenAI-compatible endpoint on the loopback interface. */
  readonly url: string;
  readonly token: string;
}

export const providerId = "drover";

export function instanceConfig(settings: ModelSettings, relay: RelayAccess): Record<string, unknown> {
  const model = {
    tool_call: true,
    limit: { context: settings.contextTokens, output: settings.outputTokens },
    cost: { input: settings.inputUsd, output: settings.outputUsd },
  };
  const names = [...new Set([settings.model, ...settings.furtherModels])];
  return {
    enabled_providers: [providerId],
    model: `${providerId}/${settings.model}`,
    small_model: `${providerId}/${settings.model}`,
    autoupdate: false,
    share: "disabled",
    // The worker takes its own snapshots, which also work outside of a git repository.
    snapshot: false,
    provider: {
      [providerId]: {
        npm: "@ai-sdk/openai-compatible",
        name: "Drover",
        options: { baseURL: relay.url, apiKey: relay.token },
        models: Object.fromEntries(names.map((name) => [name, { name, ...model }])),
      },
    },
  };
}
