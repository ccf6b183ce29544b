/** How files are named in messages. */
import { isAbsolute, relative } from "node:path";

/** Relative to the working directory for what lies below it, absolute for anything else. */
export function shownPath(path: string, directory: string = process.cwd()): string {
  const short = relative(directory, path);
  return short === "" || short.startsWith("..") || isAbsolute(short) ? path : short;
}
