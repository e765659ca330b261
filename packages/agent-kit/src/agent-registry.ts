/** Which agents exist, which live instances serve them, and what each can do. */
import {
  type AgentDescriptor,
  type AgentInstance,
  type AgentStatus,
  agentCatalogue,
  agentNamed,
  payloadJsonSchema,
  type RegisteredAgent,
} from "@drover/contracts";
import { json, type Store } from "@drover/queue";
import { presence, presenceKey, silenceMsMax } from "./agent-presence.ts";

export class AgentRegistry {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async agents(): Promise<RegisteredAgent[]> {
    return await Promise.all(agentCatalogue.map((descriptor) => this.#describe(descriptor)));
  }

  /** Null for an agent that does not exist. */
  async agent(name: string): Promise<RegisteredAgent | null> {
    const descriptor = agentNamed(name);
    return descriptor === undefined ? null : await this.#describe(descriptor);
  }

  /**
   * Why this agent takes no tasks now; null when it does. An agent without any live instance takes tasks: they wait for one.
   */
  async refusal(name: string): Promise<string | null> {
    const agent = await this.agent(name);
    if (agent === null) return `there is no agent "${name}"`;
    const refused =
      agent.status === "unavailable" &&
      (agent.instances.length > 0 || agentNamed(name)?.notServed !== undefined);
    return refused ? (agent.reason ?? "it is unavailable") : null;
  }

  /** Whether a live instance of the agent says that it can do this. */
  async isCapable(name: string, capability: string): Promise<boolean> {
    const instances = await this.#instances(name);
    return instances.some(({ capabilities }) => capabilities.includes(capability));
  }

  async #describe(descriptor: AgentDescriptor): Promise<RegisteredAgent> {
    const instances = await this.#instances(descriptor.name);
    return {
      name: descriptor.name,
      version: descriptor.version,
      description: descriptor.description,
      ...overall(descriptor, instances),
      supports: [...descriptor.supports],
      actions: Object.entries(descriptor.actions).map(([name, action]) => ({
        name,
        description: action.description,
        payload_schema: payloadJsonSchema(descriptor, name),
      })),
      queue: descriptor.name,
      instances,
    };
  }

  /** The live ones; the dead are swept from Redis as they are found. */
  async #instances(agent: string): Promise<AgentInstance[]> {
    const key = presenceKey(this.#store, agent);
    const all = await this.#store.redis.hgetall(key);
    const live: AgentInstance[] = [];
    for (const [id, text] of Object.entries(all)) {
      const { agent: _agent, service: _service, ...instance } = json(presence).parse(text);
      if (Date.now() - Date.parse(instance.last_seen_at) <= silenceMsMax) live.push(instance);
      else await this.#store.redis.hdel(key, id);
    }
    return live.sort((a, b) => a.id.localeCompare(b.id));
  }
}

/** The best of its instances; without any, unavailable with the reason. */
function overall(
  descriptor: AgentDescriptor,
  instances: readonly AgentInstance[],
): { status: AgentStatus; reason: string | null } {
  if (descriptor.notServed !== undefined) return { status: "unavailable", reason: descriptor.notServed };
  if (instances.length === 0) return { status: "unavailable", reason: "No live worker serves it." };
  for (const status of ["available", "degraded"] as const) {
    const best = instances.find((instance) => instance.status === status);
    if (best !== undefined) return { status, reason: best.reason };
  }
  return { status: "unavailable", reason: instances[0]?.reason ?? null };
}
