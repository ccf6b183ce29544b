import { defineConfig } from "vitest/config";

const conditions = ["@selvedge/source"];

const packages = [
  "net",
  "resources",
  "datastore",
  "ipam",
  "netlink",
  "tcp-socket",
  "path-mtu",
  "bgp-evpn",
  "vxlan-dataplane",
  "api",
  "agent",
  "cli",
];

const project = (name: string, root: string, include: string[]) => ({
  extends: true as const,
  test: { name, root, include },
});

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // Network namespaces are entered with setns on the main thread, so a test file needs a process.
    pool: "forks",
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      ...packages.map((name) =>
        project(`@selvedge/${name}`, `packages/${name}`, ["test/**/*.test.ts"]),
      ),
      project("tools", "tools", ["**/*.test.ts"]),
    ],
  },
});
