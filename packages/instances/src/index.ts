export { AddressRules, type CheckedAddress } from "./address-rules.ts";
export { InstanceStore } from "./instance-store.ts";
export { bounded, PinnedFetch } from "./pinned-fetch.ts";
export { TunnelDirectory, type TunnelPlace } from "./tunnel-directory.ts";
