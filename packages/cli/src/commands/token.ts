/** `selvedge token`: makes, lists and revokes the bearer tokens of a file that servers read. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import {
  changeTokenFile,
  formatGrants,
  type Grant,
  grantOfGroup,
  hashToken,
  makeToken,
  readTokenFile,
  TokenFileError,
  type TokenRecord,
} from "@selvedge/api";
import { Command, Option } from "commander";
import { CommandError, type CommandIo, EXIT } from "../io.ts";
import { formatTable } from "../table.ts";
import { parseExpiry } from "./token-expiry.ts";

const DEFAULT_FILE = "/etc/selvedge/tokens.yaml";

/** `token` and its subcommands. */
export function tokenCommand(io: CommandIo): Command {
  return new Command("token")
    .description("bearer tokens for the API over TLS; servers see a change within ten seconds")
    .addCommand(createCommand(io))
    .addCommand(listCommand(io))
    .addCommand(revokeCommand(io));
}

function fileOption(): Option {
  return new Option("--file <path>", "file of the tokens")
    .env("SELVEDGE_TOKENS")
    .default(DEFAULT_FILE);
}

interface CreateOptions {
  readonly file: string;
  readonly user: string;
  readonly role: Grant["role"];
  readonly tenant?: string;
  readonly expires: string;
}

function createCommand(io: CommandIo): Command {
  return new Command("create")
    .description("make a token and print it, this once")
    .requiredOption("--user <name>", "who is to have it; the audit log names them")
    .addOption(
      new Option("--role <role>", "what they may do")
        .choices(["operator", "tenant-admin", "tenant-viewer"])
        .makeOptionMandatory(),
    )
    .option("--tenant <name>", "the tenant of the role")
    .option("--expires <when>", "90d, 12h, 2030-01-31 or never", "365d")
    .addOption(fileOption())
    .action((options: CreateOptions) => create(options, io));
}

async function create(options: CreateOptions, io: CommandIo): Promise<void> {
  const group = groupOf(options);
  const now = new Date();
  const expiry = parseExpiry(options.expires, now);
  if (expiry.kind === "refused") throw new CommandError(EXIT.usage, `--expires: ${expiry.reason}`);
  const { id, token } = makeToken(randomBytes);
  const record: TokenRecord = {
    id,
    user: options.user,
    groups: [group],
    sha256: hashToken(token),
    created: rfc3339(now),
    ...(expiry.kind === "never" ? {} : { expires: rfc3339(expiry.at) }),
  };
  await asCommand(() => changeTokenFile(options.file, (records) => [...records, record]));
  io.stdout(`${token}\n`);
  const until = expiry.kind === "never" ? "does not expire" : `expires ${rfc3339(expiry.at)}`;
  const role = formatGrants(grantsOf(record));
  io.stderr(`token ${id} of ${record.user} (${role}) ${until}; it is not shown again\n`);
}

function groupOf({ role, tenant }: CreateOptions): string {
  if (role === "operator") {
    if (tenant === undefined) return "selvedge:operators";
    throw new CommandError(EXIT.usage, "--tenant: an operator has no tenant; leave it out");
  }
  if (tenant === undefined) {
    throw new CommandError(EXIT.usage, `--tenant is missing: name the tenant of the ${role}`);
  }
  const group = `selvedge:tenant:${tenant}:${role === "tenant-admin" ? "admin" : "viewer"}`;
  if (grantOfGroup(group) !== undefined) return group;
  throw new CommandError(EXIT.usage, `--tenant: "${tenant}" is not the name of a tenant`);
}

function listCommand(io: CommandIo): Command {
  return new Command("list")
    .description("whose tokens there are; the tokens themselves are nowhere kept")
    .addOption(fileOption())
    .action(async ({ file }: { file: string }) => {
      requireFile(file);
      const records = await asCommand(() => readTokenFile(file));
      io.stdout(formatTokens(records, Date.now()));
    });
}

function revokeCommand(io: CommandIo): Command {
  return new Command("revoke")
    .description("take tokens back, and end what is open with them")
    .argument("<id...>", "ids, as list shows them")
    .addOption(fileOption())
    .action(async (ids: readonly string[], { file }: { file: string }) => {
      requireFile(file);
      await asCommand(() =>
        changeTokenFile(file, (records) => {
          const unknown = ids.find((id) => records.every((record) => record.id !== id));
          if (unknown !== undefined) {
            const message = `${file} has no token ${unknown}; \`selvedge token list\` shows those that it has`;
            throw new CommandError(EXIT.usage, message);
          }
          return records.filter(({ id }) => !ids.includes(id));
        }),
      );
      for (const id of ids) io.stdout(`token ${id} revoked\n`);
    });
}

function formatTokens(records: readonly TokenRecord[], now: number): string {
  const titles = ["ID", "USER", "ROLES", "CREATED", "EXPIRES"];
  return formatTable(
    titles.map((title) => ({ title })),
    records.map((record) => {
      const { id, user, created, expires } = record;
      const isOver = expires !== undefined && Date.parse(expires) <= now;
      const until = expires === undefined ? "never" : `${expires}${isOver ? " (expired)" : ""}`;
      return [id, user, formatGrants(grantsOf(record)), created, until];
    }),
  );
}

/** @throws CommandError (nothing found) */
function requireFile(path: string): void {
  if (existsSync(path)) return;
  const message = `there are no tokens at ${path}; \`selvedge token create\` makes the file, --file names another`;
  throw new CommandError(EXIT.usage, message);
}

function grantsOf({ groups }: TokenRecord): Grant[] {
  return groups.flatMap((group) => grantOfGroup(group) ?? []);
}

function rfc3339(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}

async function asCommand<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TokenFileError)) throw error;
    // What the change itself had against it.
    if (error.cause instanceof CommandError) throw error.cause;
    throw new CommandError(EXIT.failure, error.message, { cause: error });
  }
}
