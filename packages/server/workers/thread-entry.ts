import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { workerData } from "node:worker_threads";

// The same cache as the command line's: a thread starts in half the time when its modules are compiled already.
enableCompileCache(join(import.meta.dirname, "..", "..", "..", "node_modules", ".cache", "cambist"));

if ((workerData as { readonly role: "writer" | "http" }).role === "writer") await import("./writer-thread.ts");
else await import("./http-thread.ts");
