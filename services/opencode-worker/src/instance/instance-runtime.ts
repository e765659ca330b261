/**
 * Where OpenCode servers live. The pool decides when one starts and ends; a runtime knows how.
 * One server serves exactly one workspace.
 */
import type { Instance as Registration } from "@drover/contracts";
import type { PluginSetting } from "@drover/instances";
import type { OpencodeClient, PermissionRuleset } from "@opencode-ai/sdk/v2";
import type { ChangeRecord } from "../workspace/change-record.ts";
import type { PermissionClass } from "./permissions.ts";

/** The workspace that an instance serves. */
export interface InstanceSpec {
  readonly organizationId: string;
  readonly workspaceId: string;
  /** Absolute path of the workspace's folder, without symbolic links. Of a remote one, its name there. */
  readonly directory: string;
  /** What was registered for the workspace; null: nothing, so that the worker's own runtime serves it, untrusted. */
  readonly registration: Registration | null;
  /** What Drover plugs into the workspace's server; absent: nothing. */
  readonly configuration?: WorkspaceConfiguration;
}

/** What a server has to be started anew for, when it changes. */
export interface WorkspaceConfiguration {
  /** Another one: the configuration, the trust, or what a trusted repository brings has changed. */
  readonly revision: string;
  readonly settings: readonly PluginSetting[];
}

export interface Instance extends AsyncDisposable {
  readonly spec: InstanceSpec;
  readonly version: string;
  /** Acts in the workspace's own folder. */
  readonly client: OpencodeClient;
  /** Acts in another folder that the server can reach, such as a work tree: an absolute path. */
  clientFor(directory: string): OpencodeClient;
  /** Fulfilled with a sentence that says how, once the server has ended; never rejects. */
  readonly exited: Promise<string>;
  /** False once the server has ended. */
  readonly alive: boolean;
  /** What the model's endpoint last refused; null after an answer. */
  modelFault(): ModelFault | null;
  /** Takes the instance's secrets out of a text. */
  redact(text: string): string;
  /** All rules of a new session, where the instance's own configuration is not Drover's; absent: `sessionPermissions`. */
  sessionRules?(readOnly: boolean, asked: ReadonlySet<PermissionClass>): PermissionRuleset;
  /** What tells the changes of one task, where its files are not on this machine; absent: `WorkspaceRecord`. */
  changes?(): ChangeRecord;
}

/** How the model's endpoint failed. */
export interface ModelFault {
  /** The status that it answered; null: it did not answer. */
  readonly status: number | null;
  readonly message: string;
  /** It was silent for as long as it may be. */
  readonly silent?: boolean;
}

export interface InstanceRuntime extends AsyncDisposable {
  /**
   * Starts a server and waits until it answers, at most as long as the runtime allows.
   * @param signal aborted when the worker stops: the start is then given up and undone
   * @throws RetryableFailure `instance_failed`
   */
  start(spec: InstanceSpec, signal: AbortSignal): Promise<Instance>;
}
