import { parseResource, type Resource, type ResourceKey, resourceKey } from "@selvedge/resources";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ListSnapshots, Lists, namespaceOf } from "../../src/resource-api/list-snapshots.ts";
import { listPage } from "../../src/resource-api/resource-list.ts";
import { resource } from "./api-under-test.ts";

function vrf(namespace: string, name: string): Resource {
  const parsed = parseResource(resource("Vrf", name, namespace, { l3vni: 5000 }));
  if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.faults));
  return parsed.resource;
}

function stateOf(revision: number, resources: readonly Resource[]) {
  const byKey = new Map<ResourceKey, Resource>(resources.map((one) => [resourceKey(one), one]));
  return { revision, generation: revision, resources: byKey, invalid: [], isCurrent: () => true };
}

const all = { kind: "Vrf", namespace: undefined, selector: () => true } as const;
const names = (resources: readonly Resource[]) =>
  resources.map((one) => `${namespaceOf(one)}/${one.metadata.name}`);

test("pages together are the list at the first one's revision, whatever changes meanwhile", () => {
  const name = fc.stringMatching(/^[a-c]{1,3}$/);
  const vrfs = fc.uniqueArray(fc.tuple(name, name), { selector: String, maxLength: 30 });
  fc.assert(
    fc.property(vrfs, vrfs, fc.integer({ min: 1, max: 7 }), (first, later, limit) => {
      const snapshots = new ListSnapshots();
      let state = stateOf(
        1,
        first.map(([namespace, own]) => vrf(namespace, own)),
      );
      const whole = listPage(all, state, snapshots).items;
      const joined: Resource[] = [];
      let next: string | undefined;
      let left = whole.length;
      do {
        const page = listPage({ ...all, limit, continueToken: next }, state, snapshots);
        joined.push(...page.items);
        left -= page.items.length;
        expect(page.metadata.resourceVersion).toBe("1");
        expect(page.metadata.remainingItemCount ?? 0).toBe(left);
        next = page.metadata.continue;
        state = stateOf(
          state.revision + 1,
          later.map(([namespace, own]) => vrf(namespace, own)),
        );
      } while (next !== undefined);
      expect(names(joined)).toEqual(names(whole));
    }),
  );
});

test("a tenant is before those whose names go on", () => {
  const state = stateOf(1, [vrf("red-2", "a"), vrf("red", "b"), vrf("red", "a")]);
  const { items } = listPage(all, state, new ListSnapshots());
  expect(names(items)).toEqual(["red/a", "red/b", "red-2/a"]);
});

test("a list that had to make room for others has expired", () => {
  const snapshots = new ListSnapshots();
  const twoOf = (revision: number) => stateOf(revision, [vrf("red", "a"), vrf("red", "b")]);
  const { metadata } = listPage({ ...all, limit: 1 }, twoOf(1), snapshots);
  for (let revision = 2; revision <= 17; revision++) {
    listPage({ ...all, limit: 1 }, twoOf(revision), snapshots);
  }
  const next = { ...all, limit: 1, continueToken: metadata.continue };
  expect(() => listPage(next, twoOf(18), snapshots)).toThrow(
    expect.objectContaining({ reason: "Expired", code: 410 }),
  );
});

test("whoever sees other resources has lists of their own, of the same revisions too", () => {
  const lists = new Lists();
  const [everything, ofRed] = [
    stateOf(1, [vrf("blue", "a"), vrf("red", "a"), vrf("red", "b")]),
    stateOf(1, [vrf("red", "a"), vrf("red", "b")]),
  ];
  const { metadata } = listPage({ ...all, limit: 1 }, everything, lists.of(everything));
  expect(names(listPage(all, ofRed, lists.of(ofRed)).items)).toEqual(["red/a", "red/b"]);
  const later = { ...ofRed, revision: 2 };
  const next = { ...all, continueToken: metadata.continue };
  expect(() => listPage(next, later, lists.of(later))).toThrow("no longer known");
  expect(names(listPage(next, everything, lists.of(everything)).items)).toEqual(["red/a", "red/b"]);
});

test("one name in one place is what the whole list has of that name, without the list", () => {
  const state = stateOf(3, [vrf("red", "a"), vrf("red", "b"), vrf("blue", "a")]);
  for (const [namespace, name, expected] of [
    ["red", "a", ["red/a"]],
    ["blue", "b", []],
    ["red", "", []],
    [undefined, "a", ["blue/a", "red/a"]],
  ] as const) {
    const selector = (one: Resource) => one.metadata.name === name;
    const request = { ...all, namespace, selector };
    expect(names(listPage(request, state, new ListSnapshots()).items)).toEqual(expected);
    expect(names(listPage({ ...request, name }, state, new ListSnapshots()).items)).toEqual(
      expected,
    );
  }
  const other = { ...all, namespace: "red", name: "a", selector: () => false };
  expect(listPage(other, state, new ListSnapshots()).items).toEqual([]);
});
