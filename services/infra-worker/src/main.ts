/** infra-worker: builds and ships: the docker and kubernetes agents, and diagnostics where they are switched on. */
import { runUntilSignal, WorkerService } from "@drover/agent-kit";
import { readInfraConfig } from "./config.ts";
import { createInfraAgents } from "./create-agents.ts";

process.exitCode = await runUntilSignal(async () => {
  const config = readInfraConfig(process.env);
  return await WorkerService.start({
    service: "infra-worker",
    config,
    concurrency: config.DROVER_INFRA_CONCURRENCY,
    agents: (logger) => createInfraAgents(config, logger),
  });
});
