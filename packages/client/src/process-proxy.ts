/**
 * How this process gets out where the network lets only a proxy out: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`, in either
 * case. Node 20 heeds none of them by itself. What runs on this machine is reached without a proxy.
 */
import type { Agent } from "node:http";
import { isIPv4 } from "node:net";
import { HttpsProxyAgent } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import { type Dispatcher, getGlobalDispatcher, ProxyAgent, setGlobalDispatcher } from "undici";

/**
 * @param url `http:` or `https:`; the variables know of no other
 * @returns its address; null: there is none on the way
 */
function proxyFor(url: URL): string | null {
  const isLoopback =
    url.hostname === "localhost" ||
    url.hostname === "[::1]" ||
    (isIPv4(url.hostname) && url.hostname.startsWith("127."));
  return isLoopback ? null : getProxyForUrl(url.href) || null;
}

/** For connections that `fetch` does not make; undefined: no proxy is in the way. */
export function proxyAgentFor(url: URL): Agent | undefined {
  const proxy = proxyFor(url);
  return proxy === null ? undefined : new HttpsProxyAgent(proxy);
}

const variables = ["http_proxy", "https_proxy", "all_proxy"];

/**
 * Lets every `fetch` of this process pass its proxy; where none is named, nothing changes.
 * @param environment the process's own
 */
export function fetchThroughProxies(environment: Readonly<Record<string, string | undefined>>): void {
  if (!variables.some((name) => environment[name] || environment[name.toUpperCase()])) return;
  const direct = getGlobalDispatcher();
  const proxies = new Map<string, Dispatcher>();
  setGlobalDispatcher(
    direct.compose((dispatch) => (options, handler) => {
      const proxy = options.origin === undefined ? null : proxyFor(new URL(options.origin));
      if (proxy === null) return dispatch(options, handler);
      const through = proxies.get(proxy) ?? new ProxyAgent(proxy);
      proxies.set(proxy, through);
      return through.dispatch(options, handler);
    }),
  );
}
