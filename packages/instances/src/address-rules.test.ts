import { expect, test } from "vitest";
import { AddressRules } from "./address-rules.ts";

const check = (rules: AddressRules, url: string) => rules.check(new URL(url), 1_000);
const notAllowed = expect.objectContaining({ code: "address_not_allowed" });

test.each([
  "http://127.0.0.1/",
  "http://127.8.9.1/",
  "http://localhost/",
  "http://0.0.0.0/",
  "http://0x7f.1/",
  "http://169.254.169.254/",
  "http://100.100.100.200/",
  "http://224.0.0.1/",
  "http://255.255.255.255/",
  "http://[::]/",
  "http://[::1]/",
  "http://[::ffff:127.0.0.1]/",
  "http://[::ffff:a9fe:a9fe]/",
  "http://[64:ff9b::7f00:1]/",
  "http://[2002:7f00:1::]/",
  "http://[fe80::1]/",
  "http://[ff02::1]/",
  "http://[fd00:ec2::254]/",
])("%s is refused", async (url) => {
  await expect(check(new AddressRules([]), url)).rejects.toEqual(notAllowed);
});

test.each(["http://10.1.2.3:4096/", "http://192.168.1.9/", "http://[fd12:3456::1]/"])(
  "%s is fine",
  async (url) => {
    await expect(check(new AddressRules([]), url)).resolves.toHaveProperty("address");
  },
);

test("a deployment allows what it names, as host, address or network, and nothing beside it", async () => {
  const rules = new AddressRules(["localhost", "127.0.0.2", "169.254.10.0/24", "::1"]);
  await expect(check(rules, "http://localhost/")).resolves.toHaveProperty("address");
  await expect(check(rules, "http://127.0.0.2/")).resolves.toEqual({ address: "127.0.0.2", family: 4 });
  await expect(check(rules, "http://169.254.10.77/")).resolves.toHaveProperty("family", 4);
  await expect(check(rules, "http://[::1]/")).resolves.toHaveProperty("family", 6);
  for (const url of ["http://127.0.0.3/", "http://169.254.169.254/"]) {
    await expect(check(rules, url)).rejects.toEqual(notAllowed);
  }
});
