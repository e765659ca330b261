/** Who is calling, and API keys. */
import { expect } from "vitest";
import { z } from "zod";
import { create, prefix } from "../../e2e/api.ts";
import type { Case } from "../case.ts";
import type { World } from "../world.ts";

const viewer = { name: "a viewer", roles: [{ role: "viewer", organization_id: "default" }] };
const makeKey = (world: World) => create(world.stack, `${prefix}/keys`, viewer);

const getMe: Case[] = [
  {
    title: "is the site's owner, with every permission",
    status: 200,
    body: {
      kind: "service",
      roles: [{ role: "owner" }],
      permissions: [{ organization_id: null, workspace_id: null }],
    },
  },
];

const createKey: Case[] = [
  {
    title: "shows the key this once, and it works",
    sends: { body: { ...viewer, expires_in_seconds: 600 } },
    status: 201,
    body: {
      name: "a viewer",
      key: expect.stringMatching(/^drv_[a-z0-9]{8,32}_[A-Za-z0-9]{32,64}$/),
      roles: viewer.roles,
      expires_at: expect.any(String),
    },
    also: async ({ body }, world) => {
      const made = z.object({ key: z.string(), id: z.string() }).parse(body);
      expect((await world.call("getMe", { key: made.key })).body).toMatchObject({ id: made.id });
      const listed = await world.call("listKeys", { query: { limit: 200 } });
      expect(listed.text).toContain(made.id);
      expect(listed.text).not.toContain(made.key.split("_")[2]);
    },
  },
  {
    title: "names every fault",
    sends: {
      body: {
        name: "",
        expires_in_seconds: 0,
        roles: [{ role: "king" }, { role: "viewer", workspace_id: "ws-1" }, { role: "owner", nope: 1 }],
      },
    },
    status: 400,
    code: "validation_failed",
    faults: {
      name: ">=1",
      expires_in_seconds: ">=1",
      "roles[0].role": "owner",
      "roles[1].organization_id": "beside workspace_id",
      "roles[2].nope": "not a known field",
    },
  },
  {
    title: "without a role",
    sends: { body: { name: "nobody", roles: [] } },
    status: 400,
    code: "validation_failed",
    faults: { roles: "at least one role" },
  },
];

const listKeys: Case[] = [
  {
    title: "pages newest first, without their secrets",
    sends: async (world) => {
      for (let n = 0; n < 3; n += 1) await makeKey(world);
      return { query: { limit: 2 } };
    },
    status: 200,
    also: async ({ body, text }, world) => {
      const page = z.object({ keys: z.array(z.object({ id: z.string() })), count: z.number() });
      const { keys, count } = page.parse(body);
      const ids = keys.map(({ id }) => id);
      while (ids.length < count) {
        const query = { limit: 2, after_id: ids.at(-1) ?? "" };
        const next = page.parse((await world.call("listKeys", { query })).body);
        if (next.keys.length === 0) break;
        ids.push(...next.keys.map(({ id }) => id));
      }
      expect(ids).toHaveLength(count);
      expect(ids).toEqual([...new Set(ids)].sort().reverse());
      expect(text).not.toMatch(/drv_|secret|hash/);
    },
  },
];

const deleteKey: Case[] = [
  {
    title: "revokes a key",
    sends: async (world) => ({ params: { key_id: await makeKey(world) } }),
    status: 204,
  },
];

export const accessCases = { getMe, createKey, listKeys, deleteKey };
