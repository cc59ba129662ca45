import { existsSync } from "node:fs";
import { join } from "node:path";

/** Name of the database inside the data folder. */
export const DATABASE_FILE = "cambist.db";

/** Whether the folder holds a database already: a secret key that is missing then cannot be made anew. Loads no driver. */
export const databaseExists = (folder: string): boolean => existsSync(join(folder, DATABASE_FILE));
