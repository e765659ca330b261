/**
 * Where a registered instance may be. Without this the gateway could be made to talk to what only it can reach: itself, the
 * machine's own services, a cloud's metadata. Such addresses are refused unless the deployment allows them by name.
 *
 * A name is resolved once, every one of its addresses is checked, and the connection goes to a checked address: what the name
 * points to a moment later does not matter.
 */
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { DroverError } from "@drover/errors";

export interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** This machine, link-local (metadata services live there), unspecified, multicast, reserved, and metadata elsewhere. */
const refusedNetworks = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "100.100.100.200/32",
  "::/128",
  "::1/128",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "2002::/16",
  "fe80::/10",
  "ff00::/8",
  "fd00:ec2::254/128",
];

const familyOf = (address: string): 4 | 6 => (isIP(address) === 6 ? 6 : 4);

function add(list: BlockList, network: string): boolean {
  const [address = "", bits] = network.split("/");
  if (isIP(address) === 0) return false;
  const family = familyOf(address);
  const all = family === 4 ? 32 : 128;
  list.addSubnet(address, bits === undefined ? all : Number(bits), `ipv${family}`);
  return true;
}

export class AddressRules {
  readonly #refused = new BlockList();
  readonly #allowed = new BlockList();
  readonly #allowedHosts = new Set<string>();

  /** @param allow host names, addresses and networks that are fine although they are refused otherwise */
  constructor(allow: readonly string[]) {
    for (const network of refusedNetworks) add(this.#refused, network);
    for (const entry of allow) {
      if (!add(this.#allowed, entry)) this.#allowedHosts.add(entry.toLowerCase());
    }
  }

  /**
   * An address of the URL's host that may be connected to.
   * @throws DroverError address_not_allowed, instance_unreachable when the name does not resolve in time
   */
  async check(url: URL, deadlineMs: number): Promise<CheckedAddress> {
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
    const addresses =
      isIP(host) === 0 ? await resolve(host, deadlineMs) : [{ address: host, family: familyOf(host) }];
    const [first] = addresses;
    if (first === undefined) throw unresolved(host);
    if (!this.#allowedHosts.has(host) && addresses.some(({ address }) => !this.#mayBeUsed(address))) {
      throw new DroverError("address_not_allowed", {
        validations: [
          { field: "url", detail: "leads to an address that is not served; the deployment can allow it" },
        ],
      });
    }
    return first;
  }

  #mayBeUsed(address: string): boolean {
    const family = `ipv${familyOf(address)}` as const;
    return this.#allowed.check(address, family) || !this.#refused.check(address, family);
  }
}

function unresolved(host: string, cause?: unknown): DroverError {
  return new DroverError("instance_unreachable", { detail: `The name ${host} does not resolve.`, cause });
}

async function resolve(host: string, deadlineMs: number): Promise<CheckedAddress[]> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), deadlineMs);
  });
  try {
    const found = await Promise.race([lookup(host, { all: true, verbatim: true }), deadline]);
    return found.map(({ address }) => ({ address, family: familyOf(address) }));
  } catch (cause) {
    throw unresolved(host, cause);
  } finally {
    clearTimeout(timer);
  }
}
