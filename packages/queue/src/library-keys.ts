/** The keys of what an organization keeps to use again: its templates, schedules and plugins. A part of `Shard`. */
export class LibraryKeys {
  /** Of every key of a shard, and of its BullMQ queues. */
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** Hash: name → an organization's template without its definition, as JSON. */
  templates(organizationId: string): string {
    return `${this.prefix}:templates:${organizationId}`;
  }

  /** Hash: version → what is known of it beside its definition, as JSON. */
  templateVersions(organizationId: string, name: string): string {
    return `${this.prefix}:template:${organizationId}/${name}:versions`;
  }

  /** Hash: version → its definition, as JSON. */
  templateDefinitions(organizationId: string, name: string): string {
    return `${this.prefix}:template:${organizationId}/${name}:definitions`;
  }

  /** Set of the organizations of this shard that have templates. */
  templateOrganizations(): string {
    return `${this.prefix}:template-organizations`;
  }

  /** Set of the names of an organization's schedules. */
  schedules(organizationId: string): string {
    return `${this.prefix}:schedules:${organizationId}`;
  }

  /** Hash: a schedule, and where it stands. */
  schedule(organizationId: string, name: string): string {
    return `${this.prefix}:schedule:${organizationId}/${name}`;
  }

  /** Set of the organizations of this shard that have schedules. */
  scheduleOrganizations(): string {
    return `${this.prefix}:schedule-organizations`;
  }

  /** Set of the schedules, as `organization/name`, with a firing that has not become a run yet. */
  unsettledSchedules(): string {
    return `${this.prefix}:schedules-unsettled`;
  }

  /** Hash: workspace → what is plugged into its OpenCode, as JSON. */
  plugins(organizationId: string): string {
    return `${this.prefix}:plugins:${organizationId}`;
  }

  /** Set of the organizations of this shard that have such a hash. */
  pluginOrganizations(): string {
    return `${this.prefix}:plugin-organizations`;
  }

  /** Hash: workspace → what it wants plugged into its OpenCode, as JSON. */
  pluginSettings(organizationId: string): string {
    return `${this.prefix}:plugin-settings:${organizationId}`;
  }

  /** Set of the organizations of this shard that have such a hash. */
  pluginSettingOrganizations(): string {
    return `${this.prefix}:plugin-setting-organizations`;
  }

  /** Channel that says of which organization the plugins have changed. */
  pluginChannel(): string {
    return `${this.prefix}:plugins-changed`;
  }

  /** String: the highest sequence number of a catalogue that was ever trusted (first shard only). */
  catalogueSequence(): string {
    return `${this.prefix}:catalogue-sequence`;
  }
}
