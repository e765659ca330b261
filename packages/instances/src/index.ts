export { AddressRules, type CheckedAddress } from "./address-rules.ts";
export { InstanceStore } from "./instance-store.ts";
export { PinnedFetch } from "./pinned-fetch.ts";
