/** Bodies that are nearly right: a value spoilt in one place, and text that is no such value any more. */
import fc from "fast-check";

const SPOILT: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 0.5, 1e308, "", " ", "a".repeat(300), [], {}, [[]]),
  fc.constantFrom("../x", "a/b", "\0", "\u202e", "\ud800", "%00", "$x", "'; --", "65000:5000"),
  fc.anything({ maxDepth: 2, withNullPrototype: false }).filter(isJson),
);

/** The value with up to two of its fields removed, renamed, added or replaced. */
export function nearly(value: unknown): fc.Arbitrary<unknown> {
  return fc
    .array(fc.record({ path: fc.array(fc.nat(7), { maxLength: 4 }), edit: EDIT }), { maxLength: 2 })
    .map((edits) => edits.reduce((edited, { path, edit }) => at(edited, path, edit), value));
}

type Edit = (value: unknown, key: string) => readonly [string, unknown][];

const EDIT: fc.Arbitrary<Edit> = fc.oneof(
  fc.constant<Edit>(() => []),
  SPOILT.map<Edit>((spoilt) => (_, key) => [[key, spoilt]]),
  fc
    .constantFrom("__proto__", "constructor", "toString", "nmae", "")
    .map<Edit>((name) => (value, key) => [
      [key, value],
      [name, value],
    ]),
  fc.constantFrom("__proto__", "spec", "Kind").map<Edit>((name) => (value) => [[name, value]]),
);

/** Edits the field that the path leads to; numbers choose among the fields that are there. */
function at(value: unknown, path: readonly number[], edit: Edit): unknown {
  const [index = 0, ...rest] = path;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const chosen = entries.length === 0 ? -1 : index % entries.length;
  const edited = entries.flatMap(
    ([key, field], position): readonly (readonly [string, unknown])[] => {
      if (position !== chosen) return [[key, field]];
      return rest.length === 0 ? edit(field, key) : [[key, at(field, rest, edit)]];
    },
  );
  // fromEntries makes "__proto__" a field like any other.
  return Array.isArray(value) ? edited.map(([, field]) => field) : Object.fromEntries(edited);
}

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

/** The text of a body, or what a careless or hostile client makes of it. */
export function textOf(value: unknown): fc.Arbitrary<Buffer> {
  const json = JSON.stringify(value) ?? "";
  const plain = fc.constant(Buffer.from(json));
  const hostile = fc.oneof(
    fc.nat(json.length).map((length) => Buffer.from(json.slice(0, length))),
    fc.constant(Buffer.from(json.replace("{", '{"kind":"Host","kind":"Vrf",'))),
    fc.constant(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(json)])),
    fc.constant(Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from([0xff, 0xc0, 0x80])])),
    fc.constant(Buffer.from("[".repeat(50_000))),
    fc.constant(Buffer.from(`${'{"a":'.repeat(500)}1${"}".repeat(500)}`)),
    fc.constant(Buffer.from(json.replace(/}$/, `,"x":"${"y".repeat(1_100_000)}"}`))),
    fc.constant(Buffer.from(BOMB)),
    fc.constant(Buffer.from(`&a ${json}`)),
    fc.constant(Buffer.from("a: &a [*a]")),
    fc.constant(Buffer.from("!!js/function 'x'")),
    fc.constant(Buffer.from("? [a]\n: b\n<<: {c: d}\n")),
    fc.uint8Array({ maxLength: 40 }).map((octets) => Buffer.from(octets)),
  );
  return fc.oneof({ weight: 8, arbitrary: plain }, { weight: 1, arbitrary: hostile });
}

/** Aliases of aliases: nine lines that would be a billion values. */
const BOMB = Array.from({ length: 9 }, (_, index) => {
  const before = index === 0 ? "x" : `*l${index - 1}`;
  return `l${index}: &l${index} [${Array(9).fill(before).join(", ")}]`;
}).join("\n");
