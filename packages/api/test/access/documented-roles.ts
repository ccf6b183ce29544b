/** Reads the table of roles out of docs/access.md: the second derivation, which knows nothing of the code. */

export interface DocumentedRow {
  readonly resource: string;
  readonly operator: readonly string[];
  readonly admin: readonly string[];
  readonly viewer: readonly string[];
  readonly other: readonly string[];
}

const ALL = "get list watch create update patch delete deletecollection";

export function readDocumentedRoles(page: string): DocumentedRow[] {
  const lines = page.split("\n");
  const head = lines.indexOf(
    "| resource | operator | tenant-admin, own | tenant-viewer, own | both, other |",
  );
  if (head < 0) throw new Error("there is no table of roles");
  const end = lines.findIndex((line, index) => index > head && !line.startsWith("|"));
  return lines.slice(head + 2, end).map((line) => {
    const [resource = "", operator = "", admin = "", viewer = "", other = ""] = line
      .split("|")
      .slice(1)
      .map((cell) => cell.trim());
    return {
      resource: resource.replaceAll("`", ""),
      operator: verbs(operator),
      admin: verbs(admin),
      viewer: verbs(viewer),
      other: verbs(other),
    };
  });
}

function verbs(cell: string): string[] {
  if (cell === "-") return [];
  return (cell === "all" ? ALL : cell).split(" ");
}
