import { describe, expect, test } from "vitest";
import { NetworkNamespace } from "../src/namespace.ts";
import { RouteSocket } from "../src/route-socket.ts";
import { errorOf, labNamespace, labSocket, linkNamed, uniqueName } from "./kernel-lab.ts";

describe("a namespace", () => {
  test("is created with nothing in it but a loopback device that is down", () => {
    const socket = labSocket();
    const links = socket.links();
    expect(links.map(({ name, up }) => [name, up])).toEqual([["lo", false]]);
    expect([socket.addresses(), socket.routes(), socket.nexthops()]).toEqual([[], [], []]);
  });

  test("has the same id however it is opened, and another one than its neighbour", () => {
    const namespace = labNamespace("id");
    const other = labNamespace("id");
    using byName = NetworkNamespace.open(namespace.name ?? "");
    using byPath = NetworkNamespace.open(`/run/netns/${namespace.name}`);
    using here = namespace.run(() => NetworkNamespace.current());
    expect([byName.id, byPath.id, here.id]).toEqual([namespace.id, namespace.id, namespace.id]);
    expect(other.id).not.toBe(namespace.id);
    expect([byName.name, byPath.name, here.name]).toEqual([namespace.name, undefined, undefined]);
  });

  test("has been prepared when its name appears, and has none when that fails", () => {
    const name = uniqueName("prepared");
    let wasNamed = true;
    using namespace = NetworkNamespace.create(name, () => {
      wasNamed = NetworkNamespace.list().includes(name);
      using socket = RouteSocket.open();
      socket.executeOne({ kind: "link.set", index: 1, alias: "ours" });
    });
    expect([wasNamed, linkNamed(labSocket(namespace), "lo").alias]).toEqual([false, "ours"]);
    NetworkNamespace.delete(name);
    const fail = () => {
      throw new Error("not prepared");
    };
    expect(() => NetworkNamespace.create(name, fail)).toThrow("not prepared");
    expect(NetworkNamespace.list()).not.toContain(name);
  });

  test("is listed and exists until it is deleted", () => {
    const { name = "" } = labNamespace("list");
    expect(NetworkNamespace.list()).toContain(name);
    expect(NetworkNamespace.exists(name)).toBe(true);
    NetworkNamespace.delete(name);
    expect(NetworkNamespace.list()).not.toContain(name);
    expect(NetworkNamespace.exists(name)).toBe(false);
  });

  test("lives on after its name was deleted as long as it is held open", () => {
    const namespace = labNamespace("held");
    NetworkNamespace.delete(namespace.name ?? "");
    expect(linkNamed(labSocket(namespace), "lo").index).toBe(1);
  });

  test("can be closed twice, and has no descriptor then", () => {
    const namespace = labNamespace("close");
    expect(namespace.fd).toBeGreaterThan(2);
    namespace.close();
    namespace.close();
    expect(namespace.fd).toBe(-1);
  });
});

describe("the error of", () => {
  test("creating a name that is taken is EEXIST, and the namespace of that name stays", () => {
    const namespace = labNamespace("taken");
    expect(errorOf(() => NetworkNamespace.create(namespace.name ?? ""))).toMatchObject({
      code: "EEXIST",
      request: "namespace.create",
      object: namespace.name,
    });
    using again = NetworkNamespace.open(namespace.name ?? "");
    expect(again.id).toBe(namespace.id);
  });

  test("opening or deleting a name that nothing has is ENOENT", () => {
    const name = uniqueName("none");
    expect(errorOf(() => NetworkNamespace.open(name))).toMatchObject({ code: "ENOENT" });
    expect(errorOf(() => NetworkNamespace.delete(name))).toMatchObject({ code: "ENOENT" });
  });

  test("opening something that is no network namespace is EINVAL", () => {
    expect(errorOf(() => NetworkNamespace.open("/dev/null"))).toMatchObject({ code: "EINVAL" });
    expect(errorOf(() => NetworkNamespace.open("/proc/self/ns/uts"))).toMatchObject({
      code: "EINVAL",
    });
  });

  test.each(["", ".", "..", "a\0b", "x".repeat(256)])(
    "a name that cannot be a file's (%j) is EINVAL",
    (name) => {
      expect(errorOf(() => NetworkNamespace.create(name))).toMatchObject({ code: "EINVAL" });
    },
  );

  test("a name with a slash is EINVAL, except for opening, where it is a path", () => {
    expect(errorOf(() => NetworkNamespace.create("../x"))).toMatchObject({ code: "EINVAL" });
    expect(errorOf(() => NetworkNamespace.delete("../x"))).toMatchObject({ code: "EINVAL" });
    expect(errorOf(() => NetworkNamespace.open("../x"))).toMatchObject({ code: "ENOENT" });
  });
});

describe("a sysctl", () => {
  test("is set in this namespace and in no other", () => {
    const namespace = labNamespace("sysctl");
    const other = labNamespace("sysctl");
    expect(namespace.getSysctl("net/ipv4/ip_forward")).toBe("0");
    namespace.setSysctl("net/ipv4/ip_forward", "1");
    expect(namespace.getSysctl("net/ipv4/ip_forward")).toBe("1");
    expect(other.getSysctl("net/ipv4/ip_forward")).toBe("0");
  });

  test("that does not exist is ENOENT, and the message says which and where", () => {
    const namespace = labNamespace("sysctl");
    const error = errorOf(() => namespace.setSysctl("net/ipv4/no_such", "1"));
    expect(error).toMatchObject({
      code: "ENOENT",
      message: `sysctl.set net/ipv4/no_such=1 in namespace ${namespace.name}: No such file or directory`,
    });
  });

  test("refuses a bad value with EINVAL", () => {
    const error = errorOf(() => labNamespace("sysctl").setSysctl("net/ipv4/ip_forward", "maybe"));
    expect(error).toMatchObject({ code: "EINVAL", request: "sysctl.set" });
  });

  test.each(["kernel/hostname", "../net/ipv4/ip_forward", "net/../kernel/hostname"])(
    "outside of net/ (%s) is refused, since it would be the whole machine's",
    (path) => {
      expect(errorOf(() => labNamespace("sysctl").getSysctl(path))).toMatchObject({
        code: "EINVAL",
      });
    },
  );
});
