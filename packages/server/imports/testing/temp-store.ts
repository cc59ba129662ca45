import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openStore, type Store } from "@cambist/store/open.ts";

/** A store in a folder of its own, and a folder beside it for realm files. Both go when it is disposed. */
export interface TempStore extends AsyncDisposable {
  readonly store: Store;
  readonly data: string;
  readonly files: string;
}

export async function tempStore(): Promise<TempStore> {
  const root = await mkdtemp(join(tmpdir(), "cambist-import-"));
  const [data, files] = [join(root, "data"), await mkdtemp(join(root, "files-"))];
  const store = await openStore(data);
  return {
    store,
    data,
    files,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await rm(root, { recursive: true });
    },
  };
}

/** Lines an import said, by kind. */
export class Voice {
  readonly lines: string[] = [];
  info = (line: string): void => void this.lines.push(`info ${line}`);
  warn = (line: string): void => void this.lines.push(`warn ${line}`);
  error = (line: string): void => void this.lines.push(`error ${line}`);
}
