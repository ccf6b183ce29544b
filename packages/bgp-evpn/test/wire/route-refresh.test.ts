import fc from "fast-check";
import { expect, it } from "vitest";
import {
  decodeRouteRefresh,
  encodeRouteRefresh,
  type RouteRefreshFields,
} from "../../src/wire/route-refresh.ts";
import { family } from "./value-arbitraries.ts";

it("a ROUTE-REFRESH is decoded to what was encoded", () => {
  const subtype = fc.oneof(
    fc.constantFrom<RouteRefreshFields["subtype"]>("request", "begin", "end"),
    fc.integer({ min: 3, max: 255 }),
  );
  fc.assert(
    fc.property(fc.record({ family, subtype }), (fields) => {
      const bytes = encodeRouteRefresh(fields);
      const decoded = decodeRouteRefresh(bytes, 0, bytes.length);
      expect(decoded).toEqual({ kind: "route-refresh", ...fields });
    }),
  );
});
