/** The tunnel of a workspace that dials out, as an upgrade: what a plain request cannot show of it. */
import { once } from "node:events";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { prefix } from "../e2e/api.ts";
import { register } from "./cases/opencode-cases.ts";
import { refusedSocket } from "./event-streams.ts";
import { uniqueName, type World } from "./world.ts";

const protocol = "drover-tunnel.v1";

export function testTunnels(world: World): void {
  const tunnelOf = (id: string) => `${world.stack.url}${prefix}/opencode/instances/${id}/tunnel`;
  const headers = () => ({ "Coder-Session-Token": world.stack.key });

  test("open_tunnel 101 switches to the tunnel's protocol, and a newer tunnel ends the older one with 4000", async () => {
    const id = await register(world, uniqueName("ws-tunnel"), { runtime: "remote" });
    const open = async () => {
      const socket = new WebSocket(tunnelOf(id).replace(/^http/, "ws"), protocol, { headers: headers() });
      await once(socket, "open");
      return socket;
    };
    const older = await open();
    expect(older.protocol).toBe(protocol);
    world.seen.add("open_tunnel 101");
    const closed = once(older, "close");
    const newer = await open();
    expect((await closed)[0]).toBe(4000);
    newer.terminate();
  });

  test("open_tunnel 409 for an instance that does not dial out", async () => {
    const id = await register(world, uniqueName("ws-tunnel"));
    const answer = await refusedSocket(tunnelOf(id), {
      headers: { ...headers(), "Sec-WebSocket-Protocol": protocol },
    });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([409, { code: "conflict" }]);
    world.seen.add("open_tunnel 409");
  });
}
