export { AddressRules, type CheckedAddress } from "./address-rules.ts";
export { InstanceStore } from "./instance-store.ts";
export { TunnelDirectory, type TunnelPlace } from "./tunnel-directory.ts";
export { PinnedFetch } from "./pinned-fetch.ts";
