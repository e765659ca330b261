/** agentzero-orchestrator: runs workflows, plans them, and keeps the ledger and the queues of one mind. */
import { AgentRegistry, runUntilSignal, WorkerService } from "@drover/agent-kit";
import { readOrchestratorConfig } from "./config.ts";
import { createAgentZeroAgent } from "./create-agent.ts";
import { startMaintenanceConsumer } from "./maintenance/maintenance-consumer.ts";
import { retentionOf } from "./maintenance/retention.ts";
import { UpkeepMetrics } from "./maintenance/upkeep-metrics.ts";
import { startRunConsumer } from "./runs/run-consumer.ts";

process.exitCode = await runUntilSignal(async () => {
  const config = readOrchestratorConfig(process.env);
  const concurrency = config.DROVER_ORCHESTRATOR_CONCURRENCY;
  const lockMs = config.DROVER_LOCK_SECONDS * 1000;
  return await WorkerService.start({
    service: "agentzero-orchestrator",
    config,
    concurrency,
    agents: async (logger, store) => [createAgentZeroAgent(config, logger, new AgentRegistry(store))],
    consumers: ({ store, metrics }) => [
      startRunConsumer({ store, concurrency, lockMs }),
      startMaintenanceConsumer({
        store,
        lockMs,
        retention: retentionOf(config),
        metrics: new UpkeepMetrics(metrics),
      }),
    ],
  });
});
