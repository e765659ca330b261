/** opencode-worker: works on code in workspaces, by one OpenCode server per workspace. */
import { runUntilSignal, WorkerService } from "@drover/agent-kit";
import { isFinal } from "@drover/contracts";
import { DiscoveredPlugins, InstanceStore, PluginSettings, TunnelDirectory } from "@drover/instances";
import { TaskLedger } from "@drover/queue";
import { readOpenCodeConfig } from "./config.ts";
import { createOpenCodeAgent } from "./create-agent.ts";

process.exitCode = await runUntilSignal(async () => {
  const config = readOpenCodeConfig(process.env);
  return await WorkerService.start({
    service: "opencode-worker",
    config,
    concurrency: config.DROVER_OPENCODE_CONCURRENCY,
    agents: async (logger, store) => {
      const discovered = new DiscoveredPlugins(store);
      const settings = new PluginSettings(store);
      const instances = new InstanceStore(store, config.DROVER_MASTER_KEY ?? null);
      const ledger = new TaskLedger(store);
      const agent = await createOpenCodeAgent(config, logger, {
        ended: async (taskId) => {
          const task = await ledger.find(taskId);
          return task === null || isFinal(task.status);
        },
        registration: (organizationId, workspaceId) => instances.ofWorkspace(organizationId, workspaceId),
        plugins: (organizationId, workspaceId) => settings.ofWorkspace(organizationId, workspaceId),
        password: (instanceId) => instances.password(instanceId),
        tunnels: new TunnelDirectory(store),
        onReady: (registration, version) => {
          // A remote one says itself that it lives.
          if (registration.runtime === "remote") return;
          instances.heartbeat(registration.id, version).catch((error: unknown) => {
            logger.warn({ err: error }, "it was not noted that an instance is ready");
          });
        },
        onPlugins: (organizationId, workspaceId, plugins) => {
          discovered.save(organizationId, workspaceId, plugins).catch((error: unknown) => {
            logger.warn({ err: error }, "the plugins of an instance were not published");
          });
        },
      });
      return [agent];
    },
  });
});
