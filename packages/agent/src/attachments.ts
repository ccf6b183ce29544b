/**
 * Which endpoint is attached to which workload, kept over a restart: one small file an attachment below
 * the runtime directory, which lives as long as the namespaces it names (both go with a reboot). A file
 * appears whole or not at all; one that cannot be read is reported and left alone.
 */
import { mkdir, open, readdir, readFile, rename, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const attachmentSchema = z.strictObject({
  /** `tenant/endpoint`. */
  endpoint: z.string(),
  /** Name below /run/netns, or an absolute path. */
  namespace: z.string(),
  interface: z.string(),
  /** The endpoint is on another host still; it is wired when it is declared for this one. */
  ahead: z.literal(true).optional(),
});

/** An endpoint and the interface of the workload that it is attached to. */
export type Attachment = z.infer<typeof attachmentSchema>;

/** A file that is no attachment, and why. */
export interface UnreadableAttachment {
  readonly path: string;
  readonly reason: string;
}

const SUFFIX = ".json";

/** The attachments of one runtime directory, in memory and on disk. */
export class AttachmentStore {
  readonly #directory: string;
  readonly #attachments = new Map<string, Attachment>();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Reads what an earlier process kept; half-written leftovers are removed. */
  static async open(
    directory: string,
  ): Promise<{ store: AttachmentStore; unreadable: UnreadableAttachment[] }> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const store = new AttachmentStore(directory);
    const unreadable: UnreadableAttachment[] = [];
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      if (!name.endsWith(SUFFIX)) {
        await rm(path, { force: true });
        continue;
      }
      try {
        const attachment = attachmentSchema.parse(JSON.parse(await readFile(path, "utf8")));
        store.#attachments.set(attachment.endpoint, attachment);
      } catch (error) {
        unreadable.push({ path, reason: error instanceof Error ? error.message : String(error) });
      }
    }
    return { store, unreadable };
  }

  get(endpoint: string): Attachment | undefined {
    return this.#attachments.get(endpoint);
  }

  values(): IterableIterator<Attachment> {
    return this.#attachments.values();
  }

  /** On disk when the promise resolves. */
  async set(attachment: Attachment): Promise<void> {
    const path = this.#path(attachment.endpoint);
    const draft = `${path}.${process.pid}.draft`;
    try {
      await using file = await open(draft, "w", 0o600);
      await file.writeFile(`${JSON.stringify(attachment)}\n`);
      await file.sync();
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await rename(draft, path);
    this.#attachments.set(attachment.endpoint, attachment);
  }

  /** Whether there was one. */
  async delete(endpoint: string): Promise<boolean> {
    if (!this.#attachments.has(endpoint)) return false;
    await unlink(this.#path(endpoint)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    return this.#attachments.delete(endpoint);
  }

  #path(endpoint: string): string {
    // A resource name holds no underscore, so the file name stays unique.
    return join(this.#directory, `${endpoint.replace("/", "_")}${SUFFIX}`);
  }
}
