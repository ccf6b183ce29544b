import { expect, test } from "vitest";
import { resourcesReference } from "./resources-reference.ts";

test("docs/resources.md is what the schemas say; after a change: npm test -- tools/docs -u", async () => {
  await expect(resourcesReference()).toMatchFileSnapshot("../../docs/resources.md");
});
