/** `selvedge datastore compact`: forgets old history, and gives space back. */
import { compactDatastore } from "@selvedge/datastore";
import { Command } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { formatDocument, type OutputFormat, outputOption } from "../output.ts";
import { formatCompaction } from "../show/datastore.ts";
import { datastoreOption, preparedLocation } from "./datastore-option.ts";

const DEFAULT_KEEP = "10000";

interface CompactOptions {
  readonly keep: string;
  readonly defragment?: boolean;
  readonly datastore: string;
  readonly output: OutputFormat;
}

const COMPACT_HELP = `
What is declared stays; only what it was earlier is forgotten. A client that was away for longer than what is
kept lists anew. In an etcd that others use too, their history is compacted with ours: etcd has one.
--defragment gives the space that is free back to the file system: an etcd member answers nobody meanwhile, so
they take turns, the leader last; of SQLite the file is written anew, and writers wait.`;

/** `datastore compact`. */
export function datastoreCompactCommand(io: CommandIo): Command {
  return new Command("compact")
    .description("forget old history of the datastore, and say what that has freed")
    .option("--keep <revisions>", "keep so many of the latest revisions", DEFAULT_KEEP)
    .option("--defragment", "give free space back to the file system")
    .addOption(outputOption())
    .addOption(datastoreOption())
    .addHelpText("after", COMPACT_HELP)
    .action(async (options: CompactOptions) => {
      const keep = requireCount(options.keep);
      const compaction = await compactDatastore(preparedLocation(options.datastore, "read"), {
        keep,
        defragment: options.defragment === true,
        onMember: (endpoint) => io.stderr(`defragmenting ${endpoint}\n`),
      });
      io.stdout(formatDocument(compaction, options.output, formatCompaction));
    });
}

function requireCount(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CommandError(EXIT.usage, `--keep: "${text}" is no number of revisions`);
}
