/** Values by the name of their field: most of what is made should get past the schemas, to where the rules are. */
import fc from "fast-check";

/** Two tenants; of one nothing may ever be seen by the other. Its mark is in no request of that other. */
export const OWN = "red";
export const SECRET = "qqq";
export const FOREIGN = `${SECRET}-blue`;

const NAMES = ["a", "b", "c"];

/** Names of resources in a namespace; in the foreign one they have the mark. */
export function nameIn(namespace: string | undefined): fc.Arbitrary<string> {
  const names = namespace === FOREIGN ? NAMES.map((name) => `${SECRET}-${name}`) : NAMES;
  return fc.constantFrom(...names);
}

const ADDRESS = fc.constantFrom("10.1.0.1", "10.1.0.2", "10.1.1.1", "10.2.0.1", "2001:db8::1");
const CIDR = fc.constantFrom(
  "10.1.0.0/24",
  "10.1.0.0/25",
  "10.1.1.0/30",
  "2001:db8::/64",
  "10.1.2.3/24",
);
const RANGE = fc.constantFrom("10.1.0.0/28", "10.1.0.1-10.1.0.9", "10.1.0.9-10.1.0.1", "::/0");
const TARGET = fc.constantFrom("65000:5000", "65000:7", "10.0.0.1:1", "0:0", "65536:65536");
const KEY = fc.constantFrom(
  "role",
  "example.com/x",
  "selvedge.dev/x",
  "-",
  "",
  "__proto__",
  "x".repeat(70),
);

const BY_FIELD: Readonly<Record<string, (namespace: string | undefined) => fc.Arbitrary<unknown>>> =
  {
    name: nameIn,
    namespace: (namespace) => fc.constant(namespace),
    vrf: nameIn,
    subnet: nameIn,
    host: () => fc.constantFrom("h1", "h2", "rr", "h9"),
    cidrs: () => fc.array(CIDR, { minLength: 1, maxLength: 2 }),
    gateway: () => fc.array(ADDRESS, { maxLength: 2 }),
    addresses: () => fc.uniqueArray(ADDRESS, { minLength: 1, maxLength: 2 }),
    reserved: () => fc.array(RANGE, { maxLength: 2 }),
    excluded: () => fc.array(RANGE, { maxLength: 2 }),
    address: () => ADDRESS,
    vtep: () => ADDRESS,
    routerId: () => fc.constantFrom("10.9.0.1", "10.9.0.2", "0.0.0.0"),
    asn: () => fc.constantFrom(65_000, 1, 4_294_967_295, 0),
    l3vni: () => fc.constantFrom(1, 5000, 16_777_215, 0, 16_777_216),
    mac: () => fc.constantFrom("02:00:00:00:00:01", "01:00:00:00:00:01", "2:0:0:0:0:1"),
    import: () => fc.array(TARGET, { minLength: 1, maxLength: 2 }),
    export: () => fc.array(TARGET, { minLength: 1, maxLength: 2 }),
    labels: () => fc.dictionary(KEY, fc.constantFrom("a", "", "b c"), { maxKeys: 2 }),
    annotations: () => fc.dictionary(KEY, fc.constantFrom("a", "", "\u{1f9f5}"), { maxKeys: 2 }),
    finalizers: () =>
      fc.array(fc.constantFrom("example.com/x", "selvedge.dev/x", "x"), { maxLength: 2 }),
    uid: () => fc.constantFrom("", "0", "not-this-one"),
    resourceVersion: () => fc.constantFrom("", "0", "1", "77", "-1", "x"),
    mode: () => fc.constantFrom("routed", "bridged"),
  };

/** A likely value of the field; undefined for one that the schema alone describes. */
export function valueOfField(
  field: string,
  namespace: string | undefined,
): fc.Arbitrary<unknown> | undefined {
  return Object.hasOwn(BY_FIELD, field) ? BY_FIELD[field]?.(namespace) : undefined;
}

/** Fields that are left out more often than not: with them, nearly nothing would be taken. */
export const RARE_FIELDS: ReadonlySet<string> = new Set([
  ...["uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp"],
  ...["status", "finalizers", "reserved", "excluded", "blockLength", "mode", "gateway", "mac"],
  ...["l3vni", "routeTargets", "labels", "annotations"],
]);
