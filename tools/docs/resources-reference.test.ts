import { expect, test } from "vitest";
import { resourcesReference } from "./resources-reference.ts";

test("docs/resources.md is what the schemas say; after a change: npm test -- -u tools/docs", async () => {
  await expect(resourcesReference()).toMatchFileSnapshot("../../docs/resources.md");
});
