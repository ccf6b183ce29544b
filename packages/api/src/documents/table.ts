/** `meta.k8s.io/v1 Table`: resources as rows, in columns that the server has chosen. */
import { z } from "zod";

export const tableColumnSchema = z.object({
  name: z.string(),
  type: z.string(),
  format: z.string().default(""),
  description: z.string().default(""),
  /** Columns other than those of priority 0 are for wide output. */
  priority: z.number().default(0),
});

export type TableColumn = z.infer<typeof tableColumnSchema>;

/** What a row tells of its resource besides the cells. */
export const tableRowSchema = z.object({
  cells: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])),
  object: z
    .looseObject({
      metadata: z.looseObject({
        name: z.string(),
        namespace: z.string().optional(),
        labels: z.record(z.string(), z.string()).optional(),
        resourceVersion: z.string().optional(),
      }),
    })
    .optional(),
});

export type TableRow = z.infer<typeof tableRowSchema>;

export const listMetadataSchema = z.object({
  resourceVersion: z.string().optional(),
  /** Asks for the next page; absent on the last one. */
  continue: z.string().optional(),
  remainingItemCount: z.number().optional(),
});

export type ListMetadata = z.infer<typeof listMetadataSchema>;

export const tableSchema = z.object({
  kind: z.literal("Table"),
  metadata: listMetadataSchema.default({}),
  columnDefinitions: z.array(tableColumnSchema).default([]),
  rows: z.array(tableRowSchema).default([]),
});

export type TableDocument = z.infer<typeof tableSchema>;
