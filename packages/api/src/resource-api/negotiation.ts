/** In which form an answer is wanted: what the Accept header of a request says (RFC 9110 section 12.5.1). */
import { ApiStatusError } from "./status.ts";

/** Resources themselves, `meta.k8s.io/v1` Tables of them, or only their metadata. */
export type AnswerForm = "object" | "table" | "metadata";

const JSON_RANGES: readonly string[] = ["application/json", "application/*", "*/*"];

/** The first form that can be had, by preference and order. @throws ApiStatusError (NotAcceptable) */
export function negotiateForm(accept: string | undefined): AnswerForm {
  if (accept === undefined || accept.trim() === "") return "object";
  const wanted = accept
    .split(",")
    .map(readRange)
    .sort((a, b) => b.quality - a.quality);
  for (const { form, quality } of wanted) {
    if (form !== undefined && quality > 0) return form;
  }
  throw new ApiStatusError(
    "NotAcceptable",
    `none of "${accept}" can be had; ask for application/json, or as a Table with application/json;as=Table;v=v1;g=meta.k8s.io`,
  );
}

interface Range {
  readonly quality: number;
  /** Undefined: nothing of the range can be had. */
  readonly form: AnswerForm | undefined;
}

function readRange(text: string): Range {
  const [type = "", ...parts] = text.split(";").map((part) => part.trim());
  const parameters = new Map(
    parts.map((part) => {
      const [name = "", value = ""] = part.split("=");
      return [name.trim().toLowerCase(), value.trim()];
    }),
  );
  const quality = Number(parameters.get("q") ?? 1);
  const isJson = JSON_RANGES.includes(type.toLowerCase());
  return {
    quality: Number.isNaN(quality) ? 0 : quality,
    form: isJson ? formOf(parameters) : undefined,
  };
}

function formOf(parameters: ReadonlyMap<string, string>): AnswerForm | undefined {
  const as = parameters.get("as");
  if (as === undefined) return "object";
  const isMeta = (parameters.get("g") ?? "meta.k8s.io") === "meta.k8s.io";
  if (!isMeta || (parameters.get("v") ?? "v1") !== "v1") return undefined;
  if (as === "Table") return "table";
  return as === "PartialObjectMetadata" || as === "PartialObjectMetadataList"
    ? "metadata"
    : undefined;
}
