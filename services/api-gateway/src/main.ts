/** The gateway as a process. */
import { runUntilSignal } from "@drover/agent-kit";
import { createLogger } from "@drover/observability";
import { readGatewayConfig } from "./config.ts";
import { startGateway } from "./gateway.ts";

process.exitCode = await runUntilSignal(async () => {
  const config = readGatewayConfig(process.env);
  return await startGateway({
    config,
    logger: createLogger({ service: "api-gateway", level: config.logLevel }),
  });
});
