export { describeUnavailable, dockerFailure, engineMessage, statusOf } from "./docker-failure.ts";
export { Engine, EngineDeadline } from "./engine.ts";
export { dockerSettings, type EngineAddress } from "./engine-address.ts";
export { removeContainer } from "./remove-container.ts";
